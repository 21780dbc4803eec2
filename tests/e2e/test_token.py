import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.operating import run
from tests.e2e.serving import Served, contato
from tests.fakes import ManualClock

from rubeus.errors import CommandError
from rubeus.operating.token import rotate
from rubeus.samples import post, read_event
from rubeus.stack.emulator import emulator
from rubeus.stack.environment import REGION
from rubeus.stack.stores import create_stores, local_session, read_token
from rubeus.stack.target import Target, connect
from rubeus.stack.template import read_template, stores_only

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def status(served: Served, token: str) -> int:
    """Post a record with a token; gives the status of the first answer that is a function's."""
    event = read_event("contato") | {"rawPath": f"/webhook/{token}", "body": json.dumps([contato("7")])}
    statuses = (post(event, served.where["url"])[0] for _ in range(5))
    return next(each for each in statuses if each < 500)


def forget(served: Served) -> None:
    """Make the functions start anew, without a token that they know already."""
    os.kill(served.where["worker_pid"], signal.SIGKILL)


def test_both_urls_are_valid_until_the_old_one_is_retired(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    """From Testar at the first trigger to the last delivery with the old URL nobody is refused."""
    base, _, old = served.where["url"].rpartition("/")
    aws = served.where["aws_endpoint"].rpartition(":")[2]
    where = ["--local", "--aws-port", aws]

    clock = ManualClock()
    began = clock.seconds
    assert run("token", "rotate", *where, clock=clock) == 0
    assert clock.seconds - began == 5  # so long a function may not look it up
    printed = capsys.readouterr().out
    url = printed.splitlines()[0]
    new = url.removeprefix(f"{base}/")
    assert len(new) == 43
    assert new.isalnum()
    assert old not in printed
    assert (status(served, old), status(served, new)) == (200, 200)

    assert printed.endswith(f"\n  rubeus token retire --local --aws-port {aws}\n")
    assert run("url", *where) == 0
    assert capsys.readouterr().out == f"{url}\n"
    assert run("token", "rotate", *where) == 1
    assert f"`rubeus token retire --local --aws-port {aws}` first" in capsys.readouterr().err
    assert status(served, new) == 200

    assert run("token", "retire", *where, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"retired": True, "minutes": 5}
    assert status(served, old) == 200  # so the command has to say for how long
    forget(served)
    assert (status(served, old), status(served, new)) == (401, 200)

    assert run("token", "retire", *where) == 0
    assert capsys.readouterr().out == "There is no old URL: only the present one is valid.\n"
    assert status(served, new) == 200


@pytest.fixture(scope="module")
def stores() -> Iterator[str]:
    """Run the emulator with the stores of template.yaml, and nothing else."""
    with emulator(0) as endpoint:
        create_stores(read_template(), endpoint, "token-local", "http://127.0.0.1:3000")
        yield endpoint


@pytest.fixture
def target(stores: str) -> Iterator[Target]:
    """Reach them, with one token and none before it."""
    reached = connect(stack=None, region=None, aws_port=int(stores.rpartition(":")[2]))
    put(reached, {"token": "first", "previous": ""})
    yield reached
    reached.secretsmanager.close()


def put(target: Target, secret: Mapping[str, Any]) -> None:
    """Overwrite the secret."""
    target.secretsmanager.put_secret_value(
        SecretId=target.ids["TokenSecret"], SecretString=json.dumps(secret)
    )


def secret_of(target: Target) -> "tuple[SecretsManagerClient, str]":
    """Give the client and the secret's name."""
    return target.secretsmanager, target.ids["TokenSecret"]


def held(target: Target) -> dict[str, str]:
    """Read the secret."""
    value: dict[str, str] = json.loads(
        target.secretsmanager.get_secret_value(SecretId=target.ids["TokenSecret"])["SecretString"]
    )
    return value


def before_call(target: Target, operation: str, act: Callable[[dict[str, Any]], object]) -> None:
    """Act once, before the next call of an operation, as somebody else; gets the call's parameters."""
    events = target.secretsmanager.meta.events
    name = f"provide-client-params.secrets-manager.{operation}"

    def hook(params: dict[str, Any], **_: object) -> None:
        events.unregister(name, hook)
        act(params)

    events.register(name, hook)


def test_a_rotation_keeps_the_present_token_and_what_else_is_in_the_secret(target: Target) -> None:
    """The one before becomes `previous`; a key of somebody's own stays."""
    put(target, {"token": "first", "previous": "", "note": "n"})
    token = rotate(*secret_of(target), force=False)
    secret = held(target)
    assert secret == {"token": token, "previous": "first", "note": "n"}
    assert read_token(str(target.endpoint), target.ids["TokenSecret"]) == secret["token"] != "first"


def test_force_drops_the_token_before_the_present_one(target: Target) -> None:
    """Of three tokens the last two are valid."""
    put(target, {"token": "second", "previous": "first"})
    rotate(*secret_of(target), force=True)
    assert held(target)["previous"] == "second"


@pytest.mark.parametrize("operation", ["PutSecretValue", "UpdateSecretVersionStage"])
def test_of_two_rotations_at_once_one_wins_and_one_says_that_it_changed_nothing(
    target: Target, operation: str
) -> None:
    """The token that the other person is pasting into Rubeus right now is never lost."""
    others = {"token": "theirs", "previous": "first"}
    before_call(target, operation, lambda _: put(target, others))
    with pytest.raises(CommandError, match="run it again"):
        rotate(*secret_of(target), force=False)
    assert held(target) == others


def test_a_rotation_whose_answer_was_lost_is_one_all_the_same(target: Target) -> None:
    """Botocore calls again, and then the label is where it shall be already."""
    before_call(
        target,
        "UpdateSecretVersionStage",
        lambda params: target.secretsmanager.update_secret_version_stage(**params),
    )
    token = rotate(*secret_of(target), force=False)
    assert held(target) == {"token": token, "previous": "first"}


@pytest.mark.parametrize("text", ["t0ken", "[]", '{"previous": ""}', '{"token": null}'])
@pytest.mark.parametrize("action", ["rotate", "retire"])
def test_a_secret_that_was_broken_by_hand_is_left_alone_and_not_shown(
    target: Target, capsys: pytest.CaptureFixture[str], action: str, text: str
) -> None:
    """One line says what a secret must hold, and not what is there."""
    secret_id = target.ids["TokenSecret"]
    target.secretsmanager.put_secret_value(SecretId=secret_id, SecretString=text)
    assert run("token", action, "--local", "--aws-port", str(target.endpoint).rpartition(":")[2]) == 1
    error = capsys.readouterr().err
    assert error == f'rubeus token {action}: the secret does not hold {{"token": …, "previous": …}}\n'
    assert target.secretsmanager.get_secret_value(SecretId=secret_id)["SecretString"] == text


def test_a_deployed_stacks_token_is_rotated_and_retired(
    stores: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The caller's AWS is asked, and `rubeus url` prints the same URL afterwards."""
    outputs = {"ApiUrl": "https://abc.execute-api.test", "TokenSecretArn": {"Ref": "TokenSecret"}}
    template = {
        **stores_only(read_template()),
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    cloudformation = local_session().client("cloudformation", endpoint_url=stores)
    cloudformation.create_stack(StackName="escola", TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="escola", WaiterConfig={"Delay": 1})
    cloudformation.close()
    for name, value in (("ENDPOINT_URL", stores), ("ACCESS_KEY_ID", "local"), ("SECRET_ACCESS_KEY", "local")):
        monkeypatch.setenv(f"AWS_{name}", value)
    where = ["--stack", "escola", "--region", REGION]

    assert run("token", "rotate", *where, "--json", clock=ManualClock()) == 0
    url = json.loads(capsys.readouterr().out)["url"]
    assert url.startswith("https://abc.execute-api.test/webhook/")
    assert run("token", "retire", *where) == 0
    assert "5 minutes" in capsys.readouterr().out
    assert run("url", *where) == 0
    assert capsys.readouterr().out == f"{url}\n"
