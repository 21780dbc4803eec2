import json
from collections.abc import Iterator

import pytest
from tests.e2e.operating import run

from rubeus.stack.emulator import emulator
from rubeus.stack.environment import REGION
from rubeus.stack.stores import local_session
from rubeus.stack.template import read_template, stores_only


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Stand in for an AWS account that holds this project's stack and somebody else's."""
    with emulator(0) as url:
        cloudformation = local_session().client("cloudformation", endpoint_url=url)
        secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": '{"token": "T0ken"}'}}
        ours = stores_only(read_template()) | {
            "Outputs": {"ApiUrl": {"Value": "https://abc.execute-api.test"}}
        }
        ours["Resources"]["TokenSecret"] = secret
        theirs = {"Resources": {"SiteSecret": secret}}
        for name, template in (("escola", ours), ("site", theirs)):
            cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
            cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
        cloudformation.close()
        yield url


@pytest.fixture(autouse=True)
def account(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the caller's shell credentials for it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")


def test_url_prints_the_url_to_paste(capsys: pytest.CaptureFixture[str]) -> None:
    """The API's URL of the stack's outputs and the token of its secret make the URL."""
    assert run("url", "--stack", "escola", "--region", REGION) == 0
    assert capsys.readouterr().out == "https://abc.execute-api.test/webhook/T0ken\n"
    assert run("url", "--stack", "escola", "--region", REGION, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"url": "https://abc.execute-api.test/webhook/T0ken"}


@pytest.mark.parametrize("stack", ["nenhuma", "site"])
def test_url_says_in_one_line_that_a_stack_is_missing_or_not_ours(
    stack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback for a wrong name: one line that holds it, and status 1."""
    assert run("url", "--stack", stack, "--region", REGION) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert stack in printed.err


def test_an_empty_region_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A region that is set but empty is no traceback."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")

    assert run("url", "--stack", "escola") == 1
    assert capsys.readouterr().err.startswith("rubeus url: ")
