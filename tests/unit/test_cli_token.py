import boto3
import pytest

from rubeus.errors import CommandError
from rubeus.rotation import rotate
from rubeus.target import Target


def test_nothing_is_changed_in_a_stack_whose_url_is_not_known() -> None:
    """A new token that could not be printed would lock Rubeus out at the next rotation."""
    target = Target(boto3.Session(), None, {"TokenSecret": "secret"}, {}, outputs={})
    with pytest.raises(CommandError, match="no output ApiUrl"):
        rotate(target, local_port=3000, force=False, as_json=False)
