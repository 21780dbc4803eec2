"""The order of receipt is the gateway's, whatever clocks and starts the instances have."""

import json
from collections.abc import Mapping

import pytest
from tests.integration.receiving import Receiver

OLDER = {"id": "341", "codigo": None, "nome": "Ana Antes", "cpf": None}
NEWER = {**OLDER, "nome": "Ana Depois"}


def now(receiver: Receiver) -> int:
    """Give the true time in milliseconds since the epoch."""
    return receiver.time_ns() // 1_000_000


def post(receiver: Receiver, record: Mapping[str, object], received_at: int | None, skew: float) -> str:
    """Post a record through an instance whose clock is so many seconds ahead; give the verdict."""
    receiver.seconds += skew
    try:
        answer = receiver.post(json.dumps([record]), received_at=received_at)
    finally:
        receiver.seconds -= skew
    (verdict,) = answer.body["resumo"]
    return str(verdict)


@pytest.mark.parametrize("gap", [250, 50])
@pytest.mark.parametrize("skew", [0, 2, -2, 600])
def test_a_slow_start_does_not_turn_the_order_round(receiver: Receiver, gap: int, skew: float) -> None:
    """An older post meets a cold instance and is handled after a newer one: the newer stays current."""
    for number in range(1, 21):
        older, newer = ({**record, "id": str(number)} for record in (OLDER, NEWER))
        came = now(receiver)
        post(receiver, newer, came + gap, 0)
        post(receiver, older, came, skew)

        assert receiver.items(f"contato#{number}")["current"]["data"]["M"]["nome"]["S"] == "Ana Depois"


@pytest.mark.parametrize("skew", [2, -2, 600, -600])
def test_an_instance_with_a_wrong_clock_makes_no_edit_late(receiver: Receiver, skew: float) -> None:
    """What such an instance stored does not overtake what comes after it."""
    came = now(receiver)

    assert post(receiver, OLDER, came, skew) == "novos"
    assert post(receiver, NEWER, came + 250, 0) == "atualizados"


@pytest.mark.parametrize("received_at", [None, 1_795_521_600_000, -1, 10**18])
def test_a_time_that_cannot_be_the_gateways_is_not_believed(
    receiver: Receiver, received_at: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Over 15 minutes off, as in the sample events, or missing: our clock stamps, and a metric tells."""
    first = receiver.post(json.dumps([OLDER]), received_at=received_at)
    receiver.seconds += 1
    second = receiver.post(json.dumps([NEWER]), received_at=received_at)

    assert [first.body["resumo"], second.body["resumo"]] == [{"novos": 1}, {"atualizados": 1}]
    assert first.body["protocolo"] < second.body["protocolo"]
    assert capsys.readouterr().out.count('"GatewayTimeUnusable":[1.0]') == 2


def test_a_late_state_that_no_race_explains_is_counted(
    receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    """Overtaken within half a minute it is a race; overtaken from far off, somebody has to look."""
    came = now(receiver)
    post(receiver, NEWER, came + 20_000, 0)
    assert post(receiver, OLDER, came, 0) == "atrasados"
    assert '"LateUnexplained":[1.0]' not in capsys.readouterr().out

    post(receiver, {**NEWER, "id": "7"}, came + 600_000, 0)
    assert post(receiver, {**OLDER, "id": "7"}, came, 0) == "atrasados"
    assert '"LateUnexplained":[1.0]' in capsys.readouterr().out
