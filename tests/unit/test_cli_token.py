import boto3
import pytest
from moto import mock_aws

from rubeus.errors import CommandError
from rubeus.stack.target import Target


def test_a_stack_whose_url_is_not_known_is_said_before_anything_is_changed() -> None:
    """A new token that could not be printed would lock Rubeus out at the next rotation."""
    target = Target(boto3.Session(), None, {"TokenSecret": "secret"}, {}, outputs={})
    with pytest.raises(CommandError, match="no output ApiUrl"):
        _ = target.api_url


def test_who_works_on_a_deployed_stack_is_whom_aws_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the ARN of the credentials, whatever the user of this machine is called."""
    with mock_aws():
        target = Target(boto3.Session("key", "secret", region_name="sa-east-1"), None, {}, {})
        assert target.caller() == "arn:aws:sts::123456789012:user/moto"
    monkeypatch.setenv("LOGNAME", "ana")
    assert Target(boto3.Session(), "http://127.0.0.1:1", {}, {}).caller() == "ana"
