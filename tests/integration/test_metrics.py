import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from tests.infra.alarms import OURS, Alarm, alarms, filtered_metrics
from tests.integration.receiving import PREVIOUS, Receiver

from rubeus.stack.template import read_template

STACK = "a-stack"
CONTATO = {"id": "341", "codigo": None, "nome": "Ana Exemplo", "cpf": None}
AWAY = ConnectTimeoutError(endpoint_url="https://aws.example")
HOURS = 3600
ALARMS = {name: alarm for name, alarm in alarms(OURS).items() if alarm.metric not in filtered_metrics()}


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


def _post(receiver: Receiver, record: object, seconds_ago: int = 0) -> None:
    now = receiver.time_ns() // 1_000_000
    receiver.post(json.dumps([record]), received_at=now - seconds_ago * 1000)


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


def _come_empty(receiver: Receiver) -> None:
    receiver.post("", headers={"content-type": "application/json"})


def _lose_to_a_minute_later(receiver: Receiver) -> None:
    _post(receiver, {**CONTATO, "id": "342", "nome": "Ana Nova"})
    _post(receiver, {**CONTATO, "id": "342"}, seconds_ago=60)


def _come_without_a_time(receiver: Receiver) -> None:
    _post(receiver, CONTATO, seconds_ago=HOURS)


def _keep_the_token_away(receiver: Receiver) -> None:
    receiver.fail("secretsmanager", "GetSecretValue", lambda _: AWAY)
    receiver.post_records(CONTATO)


CONDITIONS: dict[str, Callable[[Receiver], None]] = {
    "OldestOpenDeliveryAlarm": _stay_open,
    "DeliveriesFailedAlarm": _fail,
    "DeliveriesQuarantinedAlarm": _quarantine,
    "TokenFailuresAlarm": _keep_the_token_away,
    "GatewayTimeUnusableAlarm": _come_without_a_time,
    "LateUnexplainedAlarm": _lose_to_a_minute_later,
    "EmptyDeliveriesAlarm": _come_empty,
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


def test_what_recovery_puts_into_quarantine_is_counted(
    receiver: Receiver, emitted: Callable[[], list[Metric]]
) -> None:
    """The front door may have died before it could count."""
    receiver.fail("dynamodb", "UpdateItem", lambda _: AWAY)
    receiver.post_records({**CONTATO, "id": []}, kind="contato")
    receiver.heal("dynamodb", "UpdateItem")
    emitted()

    assert receiver.recover()["recovered"] == {"quarantined": 1}
    assert _seen(ALARMS["DeliveriesQuarantinedAlarm"], emitted()) == [1]


def test_no_alarm_fires_when_all_is_well(receiver: Receiver, emitted: Callable[[], list[Metric]]) -> None:
    """A delivery that is taken, and a run of recovery that finds nothing, give data in order, or none."""
    _post(receiver, CONTATO)
    receiver.recover()

    seen = {name: _seen(alarm, metrics) for metrics in [emitted()] for name, alarm in ALARMS.items()}

    assert {name for name, values in seen.items() if values} == {"OldestOpenDeliveryAlarm", "SilenceAlarm"}
    assert not any(ALARMS[name].fires_on(values) for name, values in seen.items() if values)


def test_every_metric_is_read_and_every_one_that_is_read_is_sent(
    receiver: Receiver, emitted: Callable[[], list[Metric]]
) -> None:
    """By an alarm, on the dashboard, or before a token is retired: each metric costs, whoever reads it."""
    _keep_the_token_away(receiver)
    receiver.heal("secretsmanager", "GetSecretValue")
    receiver.seconds += 60
    _fail(receiver)
    receiver.post_records(CONTATO, {"id": []}, kind="contato")
    receiver.post("[]", token=PREVIOUS)
    for bring_about in (_come_empty, _lose_to_a_minute_later, _know_not):
        bring_about(receiver)
    body = read_template()["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    shown = {name for widget in json.loads(body)["widgets"] for name in _ours(widget["properties"])}

    names = {metric.name for metric in emitted()}

    assert names == shown | {alarm.metric for alarm in ALARMS.values()} | {"PreviousToken"}


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

    asked = {"delivery_id", "milliseconds", "records", "bytes", "status", "state"}
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
