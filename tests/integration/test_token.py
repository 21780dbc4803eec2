import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from tests.integration.receiving import PREVIOUS, TOKEN, Receiver

AWAY = EndpointConnectionError(endpoint_url="https://away.example")


def put(receiver: Receiver, **secret: Any) -> None:
    """Put another value in the place of the secret, as somebody by hand would."""
    receiver.clients.secretsmanager.put_secret_value(SecretId="rubeus-token", **secret)


@pytest.mark.parametrize(
    "secret",
    [
        {"SecretBinary": json.dumps({"token": TOKEN}).encode()},
        {"SecretBinary": b"\xef\xbb\xbf" + json.dumps({"token": TOKEN}).encode()},
        {"SecretString": json.dumps({"token": TOKEN, "previous": PREVIOUS}) + "\n"},
        {"SecretString": json.dumps({"token": f" {TOKEN}\n"})},
        {"SecretString": json.dumps({"token": TOKEN, "previous": None})},
    ],
    ids=["bytes", "bytes of an editor", "newline at the end", "newline in the token", "no previous"],
)
def test_a_secret_serves_however_it_was_put_there(receiver: Receiver, secret: dict[str, Any]) -> None:
    """From a file, by hand, as bytes: who has the token gets in, and nobody else."""
    put(receiver, **secret)

    assert receiver.post("[]").status == 200
    assert receiver.post("[]", token="outro").status == 401


@pytest.mark.parametrize("previous", [5, ["x"], {"token": "x"}, True])
def test_a_previous_token_that_is_no_text_is_told(
    receiver: Receiver, previous: object, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """The token itself serves on; a line in the log and a metric with an alarm say what is wrong."""
    put(receiver, SecretString=json.dumps({"token": TOKEN, "previous": previous}))

    assert receiver.post("[]").status == 200
    assert "TokenIsNoText" in str([vars(record) for record in caplog.records])
    assert '"TokenFailures"' in capsys.readouterr().out


def test_a_retired_token_is_admitted_for_five_minutes_at_most(receiver: Receiver) -> None:
    """A function that runs looks again by then, though nobody comes with a token that it does not know."""
    assert receiver.post("[]", token=PREVIOUS).status == 200
    put(receiver, SecretString=json.dumps({"token": TOKEN, "previous": ""}))

    receiver.seconds += 299
    assert receiver.post("[]", token=PREVIOUS).status == 200
    receiver.seconds += 2
    assert receiver.post("[]", token=PREVIOUS).status == 401


def test_a_service_that_is_away_is_not_asked_by_everybody(receiver: Receiver) -> None:
    """Each of those who have the token would have to wait for it: one in five minutes does."""
    receiver.post("[]")
    asked: list[str] = []
    events = receiver.clients.secretsmanager.meta.events
    events.register_first("provide-client-params.*.*", lambda event_name, **_: asked.append(event_name))
    receiver.fail("secretsmanager", "GetSecretValue", lambda _: AWAY)
    receiver.seconds += 301

    assert [receiver.post("[]").status for _ in range(3)] == [200] * 3
    assert len(asked) == 1


def test_a_new_token_is_refused_for_five_seconds_at_most(receiver: Receiver) -> None:
    """A token that is not known makes the function look again, but not for every guess."""
    receiver.post("[]")
    put(receiver, SecretString='{"token": "novo"}')

    assert receiver.post("[]", token="novo").status == 401
    receiver.seconds += 5.01
    assert receiver.post("[]", token="novo").status == 200
    assert receiver.post("[]").status == 401
