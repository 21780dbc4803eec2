import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.infra.alarms import OURS, alarm_resources, alarms, filtered_metrics

from rubeus.stack.template import read_template

TEMPLATE = read_template()
RESOURCES = TEMPLATE["Resources"]
ALARMS = alarm_resources()
DASHBOARD: str = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]

# What AWS documents (docs.aws.amazon.com): namespace, metric, dimensions, and a statistic that has a meaning.
# - Lambda, lambda/latest/dg/monitoring-metrics-types.html; FunctionName alone stands for all versions and
#   aliases (monitoring-metrics-view.html).
# - HTTP API, apigateway/latest/developerguide/http-api-metrics.html; a REST API's are "5XXError" and ApiName.
# - SQS, AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html; a queue
#   that was not used for six hours reports nothing.
WEBHOOK = {"FunctionName": {"Ref": "WebhookFunction"}}
RECOVERY = {"FunctionName": {"Ref": "RecoveryFunction"}}
STAGE = {"ApiId": {"Ref": "WebhookApi"}, "Stage": {"Ref": "WebhookApi.Stage"}}
VISIBLE = "ApproximateNumberOfMessagesVisible"


def _queue(name: str) -> dict[str, Any]:
    return {"QueueName": {"Fn::GetAtt": [name, "QueueName"]}}


DOCUMENTED: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "WebhookErrorsAlarm": ("AWS/Lambda", "Errors", WEBHOOK, "Sum"),
    "WebhookThrottlesAlarm": ("AWS/Lambda", "Throttles", WEBHOOK, "Sum"),
    "WebhookDurationAlarm": ("AWS/Lambda", "Duration", WEBHOOK, "p95"),  # milliseconds
    "ServerErrorsAlarm": ("AWS/ApiGateway", "5xx", STAGE, "Sum"),
    "RecoveryErrorsAlarm": ("AWS/Lambda", "Errors", RECOVERY, "Sum"),
    "RecordsDeadLettersAlarm": ("AWS/SQS", VISIBLE, _queue("RecordsDeadLetterQueue"), "Maximum"),
    "RecoveryDeadLettersAlarm": ("AWS/SQS", VISIBLE, _queue("RecoveryDeadLetterQueue"), "Maximum"),
    "RecoveryQueueAgeAlarm": (  # seconds
        "AWS/SQS",
        "ApproximateAgeOfOldestMessage",
        _queue("RecoveryQueue"),
        "Maximum",
    ),
}


def test_every_alarm_on_a_metric_of_aws_is_in_the_table() -> None:
    """An alarm is here, or on a metric of ours: filtered, or in tests/integration/test_metrics.py."""
    assert set(alarms("AWS/")) == set(DOCUMENTED)
    assert set(alarms("AWS/")) | set(alarms(OURS)) == set(ALARMS)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_an_alarm_watches_what_aws_documents(name: str) -> None:
    """Namespace, metric, dimensions and statistic are AWS's; no unit is asked for that could be wrong."""
    alarm = alarms()[name]

    assert (alarm.namespace, alarm.metric, alarm.dimensions, alarm.statistic) == DOCUMENTED[name]
    assert alarm.unit is None


def test_thresholds_leave_time_to_act() -> None:
    """Slow deliveries alarm before the time-out (ms), what waits for recovery after three of its runs (s)."""
    seconds = RESOURCES["WebhookFunction"]["Properties"]["Timeout"]

    assert 0.5 * seconds < alarms()["WebhookDurationAlarm"].threshold / 1000 < 0.8 * seconds
    assert alarms()["OldestOpenDeliveryAlarm"].threshold == 15 * 60
    assert alarms()["RecoveryQueueAgeAlarm"].threshold == 15 * 60


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_is_told_and_says_what_it_is(name: str) -> None:
    """Every alarm goes to the one topic with a sentence, and what missing data mean is decided."""
    alarm = ALARMS[name]

    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
    assert alarm.get("OKActions") in (None, [{"Ref": "AlarmTopic"}])
    assert alarm["AlarmDescription"]
    assert alarm["TreatMissingData"] in ("missing", "notBreaching")


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_looks_back_no_further_than_it_can(name: str) -> None:
    """A week at most, and a day where the period is below an hour (PutMetricAlarm, "Period")."""
    periods = ALARMS[name]["EvaluationPeriods"]
    if isinstance(periods, dict):
        periods = TEMPLATE["Parameters"][periods["Ref"]]["MaxValue"]
    period = alarms()[name].period

    assert period * periods <= (604_800 if period >= 3600 else 86_400)


def test_only_what_recovery_measures_tells_its_absence() -> None:
    """It has data every five minutes, or recovery does not run; all others may have none for days.

    A new alarm begins with insufficient data, and an action follows a change of state: so that a new stack,
    of which nothing was measured yet, tells nobody anything (AmazonCloudWatch/latest/monitoring/
    AlarmThatSendsEmail.html, "Alarm states"; API reference, PutMetricAlarm).
    """
    told = {name for name, alarm in ALARMS.items() if "InsufficientDataActions" in alarm}

    assert told == {"OldestOpenDeliveryAlarm"}
    assert told == {name for name, alarm in ALARMS.items() if alarm["TreatMissingData"] == "missing"}
    assert ALARMS["OldestOpenDeliveryAlarm"]["InsufficientDataActions"] == [{"Ref": "AlarmTopic"}]


def test_what_the_gateway_refuses_is_counted_from_its_log() -> None:
    """Each filter finds its status, a text, in a line of the access log, and gives its alarm's metric."""
    access_log = RESOURCES["WebhookApi"]["Properties"]["AccessLogSettings"]
    line = json.loads(access_log["Format"]["Fn::Sub"])
    filters = [each["Properties"] for each in RESOURCES.values() if each["Type"] == "AWS::Logs::MetricFilter"]

    statuses = {}
    for each in filters:
        (made,) = each["MetricTransformations"]
        (alarm,) = (alarm for alarm in alarms(OURS).values() if alarm.metric == made["MetricName"])
        (dimension,) = made["Dimensions"]
        value = line[dimension["Value"].removeprefix("$.")]
        assert {"Fn::GetAtt": [each["LogGroupName"]["Ref"], "Arn"]} == access_log["DestinationArn"]
        assert (made["MetricNamespace"], made["Unit"], made["MetricValue"]) == (OURS, alarm.unit, "1")
        assert {dimension["Key"]: value} == {"service": "${AWS::StackName}"}
        pattern = re.fullmatch(r'\{ \$\.(\w+) = "(\d{3})" \}', each["FilterPattern"])
        assert pattern
        assert line[pattern[1]] == "$context.status"
        statuses[made["MetricName"]] = pattern[2]

    assert statuses == {"RequestsTooLarge": "413", "RequestsThrottled": "429"}
    assert filtered_metrics() == set(statuses)


def test_silence_is_watched_in_business_hours_only() -> None:
    """In every hour of a year, wherever it begins: Monday to Friday, wholly between 8 and 18 in São Paulo.

    DAY is 1 to 7 for Monday to Sunday and HOUR 0 to 23, of each data point's own time, which is UTC and the
    period's first second; both have a value where the metric has none
    (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html).
    """
    (expression,) = [each["Expression"] for each in ALARMS["SilenceAlarm"]["Metrics"] if "Expression" in each]
    condition = re.fullmatch(r"IF\((.+), deliveries, 1\)", expression)
    assert condition
    watched = condition[1].replace("AND", "and")
    watched = watched.replace("DAY(deliveries)", "day").replace("HOUR(deliveries)", "hour")
    start = datetime(2026, 1, 1, 0, 59, 59, tzinfo=UTC)

    hours = 0
    for moment in (start + timedelta(hours=each) for each in range(365 * 24)):
        values = {"day": moment.isoweekday(), "hour": moment.hour}
        if not eval(watched, {}, values):  # noqa: S307 (our own template's words)
            continue
        hours += 1
        first, last = (
            each.astimezone(ZoneInfo("America/Sao_Paulo"))
            for each in (moment, moment + timedelta(seconds=3599))
        )
        assert first.isoweekday() < 6
        assert first.hour >= 8
        assert last.hour < 18

    assert hours == 261 * 9  # 2026 has 261 such days
    assert TEMPLATE["Parameters"]["SilenceHours"]["MaxValue"] == 9


def test_silence_is_off_until_somebody_says_after_how_long() -> None:
    """How many hours of silence are odd is the university's to say; an e-mail address, too."""
    assert RESOURCES["SilenceAlarm"]["Condition"] == "HasSilenceHours"
    assert TEMPLATE["Parameters"]["SilenceHours"]["Default"] == 0
    assert RESOURCES["AlarmEmailSubscription"]["Condition"] == "HasAlarmEmail"
    assert TEMPLATE["Parameters"]["AlarmEmail"]["Default"] == ""


def test_cloudwatch_can_publish_to_the_topic() -> None:
    """It can't where the key is AWS's own for SNS, whose policy does not let CloudWatch use it.

    repost.aws/knowledge-center/cloudwatch-configure-alarm-sns; without a key SNS encrypts its disks
    (docs.aws.amazon.com/sns/latest/dg/sns-data-encryption.html).
    """
    assert RESOURCES["AlarmTopic"]["Properties"] == {
        "KmsMasterKeyId": {"Fn::If": ["HasKmsKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]}
    }


def test_the_metrics_of_two_stacks_are_kept_apart() -> None:
    """Both functions name the stack as the dimension that the alarms ask for."""
    for name in ("WebhookFunction", "RecoveryFunction"):
        variables = RESOURCES[name]["Properties"]["Environment"]["Variables"]
        assert variables == {"POWERTOOLS_SERVICE_NAME": {"Ref": "AWS::StackName"}}
    assert all(alarm.dimensions == {"service": {"Ref": "AWS::StackName"}} for alarm in alarms(OURS).values())


def test_the_dashboard_is_json_about_resources_of_the_stack() -> None:
    """It is what CloudWatch takes; what stands in `${}` is in the template, and what fails is on it."""
    named = set(re.findall(r"\$\{([\w:]+)", DASHBOARD))

    widgets = json.loads(DASHBOARD)["widgets"]

    assert {widget["type"] for widget in widgets} == {"metric", "log"}
    assert named - {"AWS::Region", "AWS::StackName"} <= set(RESOURCES)
    for metric in ("OldestOpenDelivery", "DeliveriesFailed", "DeliveriesQuarantined", VISIBLE):
        assert metric in DASHBOARD
