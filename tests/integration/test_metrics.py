import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from tests.infra.alarms import OURS, Alarm, alarms
from tests.integration.receiving import Receiver

from rubeus.stack.template import read_template

STACK = "a-stack"
CONTATO = {"id": "341", "codigo": None, "nome": "Ana Exemplo", "cpf": None}
AWAY = ConnectTimeoutError(endpoint_url="https://aws.example")
HOURS = 3600
ALARMS = alarms(OURS)


@dataclass(frozen=True)
class Metric:
    """One value of one metric, as CloudWatch takes it out of a log line (embedded metric format)."""

    namespace: str
    name: str
    unit: str
    dimensions: Mapping[str, str]
    value: float


def _metrics(printed: str) -> Iterator[Metric]:
    for line in printed.splitlines():
        if not line.startswith('{"_aws"'):
            continue
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            (names,) = directive["Dimensions"]
            dimensions = {name: document[name] for name in names}
            for metric in directive["Metrics"]:
                (value,) = document[metric["Name"]]
                yield Metric(directive["Namespace"], metric["Name"], metric["Unit"], dimensions, value)


@pytest.fixture
def emitted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[], list[Metric]]:
    """Give what was emitted since the last time, as functions of the stack emit it."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", STACK)
    return lambda: list(_metrics(capsys.readouterr().out))


def _leave_open(receiver: Receiver) -> None:
    receiver.fail("sqs", "SendMessageBatch", lambda _: AWAY)
    receiver.post_records(CONTATO)


def _stay_open(receiver: Receiver) -> None:
    _leave_open(receiver)
    receiver.seconds += 15 * 60
    receiver.recover()


def _fail(receiver: Receiver) -> None:
    _leave_open(receiver)
    for _ in range(10):
        receiver.seconds += 2 * HOURS
        receiver.recover()
    assert receiver.states() == ["failed"]


def _quarantine(receiver: Receiver) -> None:
    for _ in range(11):
        receiver.post_records({**CONTATO, "id": []}, kind="contato")


def _know_not(receiver: Receiver) -> None:
    receiver.post_records({**CONTATO, "campoNovo": "x"}, kind="contato")


def _be_silent(receiver: Receiver) -> None:
    receiver.recover()


CONDITIONS: dict[str, Callable[[Receiver], None]] = {
    "OldestOpenDeliveryAlarm": _stay_open,
    "DeliveriesFailedAlarm": _fail,
    "DeliveriesQuarantinedAlarm": _quarantine,
    "UnknownFieldsAlarm": _know_not,
    "SilenceAlarm": _be_silent,
}


def _seen(alarm: Alarm, metrics: list[Metric]) -> list[float]:
    """Give the values that CloudWatch shows to an alarm: all that it asks for has to be the same."""
    dimensions = {
        name: STACK if value == {"Ref": "AWS::StackName"} else value
        for name, value in alarm.dimensions.items()
    }
    return [
        metric.value
        for metric in metrics
        if (metric.namespace, metric.name, metric.dimensions, metric.unit)
        == (alarm.namespace, alarm.metric, dimensions, alarm.unit)
    ]


def test_for_every_alarm_there_is_a_condition() -> None:
    """An alarm on a metric of ours is shown to fire, or it is not in the template."""
    assert set(CONDITIONS) == set(ALARMS)


@pytest.mark.parametrize("name", CONDITIONS)
def test_an_alarm_fires(receiver: Receiver, emitted: Callable[[], list[Metric]], name: str) -> None:
    """Its condition, brought about for real, emits what it asks for, with values past the threshold."""
    CONDITIONS[name](receiver)

    values = _seen(ALARMS[name], emitted())

    assert values
    assert ALARMS[name].fires_on(values)


def test_no_alarm_fires_when_all_is_well(receiver: Receiver, emitted: Callable[[], list[Metric]]) -> None:
    """A delivery that is taken, and a run of recovery that finds nothing, give data that are in order."""
    receiver.post_records(CONTATO)
    receiver.recover()

    metrics = emitted()

    for name, alarm in ALARMS.items():
        values = _seen(alarm, metrics)
        # Only recovery fails a delivery, and it found none: missing data are in order, the template says.
        assert values or name == "DeliveriesFailedAlarm"
        assert not alarm.fires_on(values)


def test_the_metrics_that_the_dashboard_shows_are_emitted(
    receiver: Receiver, emitted: Callable[[], list[Metric]]
) -> None:
    """All of them, but for the answers' other statuses, by a delivery that recovery has to finish."""
    _leave_open(receiver)
    receiver.heal("sqs", "SendMessageBatch")
    receiver.recover()
    body = read_template()["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    shown = {name for widget in json.loads(body)["widgets"] for name in _ours(widget["properties"])}

    names = {metric.name for metric in emitted()}

    assert "Answers202" in names
    assert {name for name in shown if not name.startswith("Answers")} <= names


def _ours(properties: Mapping[str, Any]) -> Iterator[str]:
    """Give the names of a widget's metrics, if they are ours; "." repeats the namespace of the one before."""
    metrics = properties.get("metrics", [])
    if metrics and metrics[0][0] == OURS:
        yield from (metric[1] for metric in metrics)


def test_the_queries_find_what_they_ask_for(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """The fields in the dashboard's and the documented queries are in the line of a delivery."""
    receiver.fail("sqs", "SendMessageBatch", lambda _: AWAY)
    receiver.post_records(CONTATO, {"id": []}, kind="contato")

    (line,) = [record for record in caplog.records if record.message == "delivery"]

    asked = {"delivery_id", "milliseconds", "records", "bytes", "status"}
    assert asked <= set(vars(line))
    assert vars(line)["verdicts"]["rejected"] == 1
    assert vars(line)["rejected"] == {"contato": 1}
    assert list(vars(line)["failures"]) == ["records queue: ConnectTimeoutError"]


def test_one_number_leads_from_the_answer_to_the_message(receiver: Receiver) -> None:
    """The protocolo is the delivery's item, and is in the record's items and in the message."""
    answer = receiver.post_records(CONTATO)

    protocolo = answer.body["protocolo"]

    assert receiver.delivery(answer)["delivery_id"]["S"] == protocolo
    assert {item["delivery_id"]["S"] for item in receiver.items("contato#341").values()} == {protocolo}
    assert [message["deliveryid"] for message in receiver.messages()] == [protocolo]
