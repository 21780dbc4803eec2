"""The template's alarms, as the tests compare them."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rubeus.stack.template import read_template

OURS = "Rubeus"
OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
}
STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {"Sum": sum, "Maximum": max}


@dataclass(frozen=True)
class Alarm:
    """What an alarm watches: one metric, by itself or under metric math."""

    namespace: str
    metric: str
    dimensions: Mapping[str, Any]
    statistic: str
    period: int
    threshold: float
    operator: str
    unit: str | None = None

    def fires_on(self, values: Sequence[float]) -> bool:
        """Tell whether these values, all of one period, pass the threshold."""
        return OPERATORS[self.operator](STATISTICS[self.statistic](values), self.threshold)


@cache
def alarm_resources() -> dict[str, dict[str, Any]]:
    """Give the properties of every alarm, by logical id."""
    resources = read_template()["Resources"]
    return {
        name: each["Properties"]
        for name, each in resources.items()
        if each["Type"] == "AWS::CloudWatch::Alarm"
    }


def alarms(namespace: str = "") -> dict[str, Alarm]:
    """Give every alarm on metrics of a namespace that begins so, by logical id."""
    read = {name: _read(properties) for name, properties in alarm_resources().items()}
    return {name: alarm for name, alarm in read.items() if alarm.namespace.startswith(namespace)}


def filtered_metrics() -> set[str]:
    """Give the metrics that CloudWatch makes of the access log, by a filter of the template."""
    return {
        transformation["MetricName"]
        for resource in read_template()["Resources"].values()
        if resource["Type"] == "AWS::Logs::MetricFilter"
        for transformation in resource["Properties"]["MetricTransformations"]
    }


def _read(properties: Mapping[str, Any]) -> Alarm:
    (stat,) = [each["MetricStat"] for each in properties.get("Metrics", []) if "MetricStat" in each] or [
        properties
    ]
    metric = stat.get("Metric", stat)
    return Alarm(
        namespace=metric["Namespace"],
        metric=metric["MetricName"],
        dimensions={each["Name"]: each["Value"] for each in metric["Dimensions"]},
        statistic=stat.get("Stat") or stat.get("Statistic") or stat["ExtendedStatistic"],
        period=stat["Period"],
        threshold=properties["Threshold"],
        operator=properties["ComparisonOperator"],
        unit=stat.get("Unit"),
    )
