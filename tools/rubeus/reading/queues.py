"""The queues: how much waits in them, and what was published. No message is received."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from models.clock import Clock, moment
from models.delivery import Delivery
from models.outcome import Verdict
from rubeus.reading import masking
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.selection import Selection

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sqs import SQSClient

RESOURCES = {
    "records": "RecordsQueue",
    "records dead letters": "RecordsDeadLetterQueue",
    "recovery": "RecoveryQueue",
    "recovery dead letters": "RecoveryDeadLetterQueue",
}
"""The queues by what people call them, with their logical ids in template.yaml."""

_WAITING: Final = "ApproximateNumberOfMessages"
_TAKEN: Final = "ApproximateNumberOfMessagesNotVisible"

_PUBLISHED = (Verdict.NEW, Verdict.UPDATED, Verdict.LATE)

# SQS tells CloudWatch each minute, and what it tells is there some minutes later.
_AGE_PERIOD_SECONDS = 60
_AGE_WINDOW = timedelta(minutes=15)

# Of the deliveries of a day: who looks at what was published looks at the last messages.
_FIRST = 30


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """A queue.

    Attributes
    ----------
    waiting, taken
        Messages that nobody has yet; that a consumer has, and has not deleted. Approximately, says SQS.
    oldest_seconds
        Age of the oldest message, some minutes ago; None where CloudWatch does not know it.
    """

    name: str
    waiting: int
    taken: int
    oldest_seconds: int | None


@dataclass(frozen=True, slots=True)
class Published:
    """A message that was sent, as our own records say; its id is the one that consumers read."""

    at: datetime
    message_id: str
    verdict: Verdict
    delivery_id: str


@dataclass(frozen=True)
class Queues:
    """Reads what SQS and CloudWatch count, which leaves every message and its receive count as they are.

    A message itself could only be received, which hides it from its consumer, and after five times puts it
    aside. Those that were put aside are read in `dead_letters`.

    Attributes
    ----------
    urls
        By the names in RESOURCES.
    cloudwatch
        None where there is none: the emulator has no ages.
    """

    sqs: "SQSClient"
    cloudwatch: "CloudWatchClient | None"
    urls: Mapping[str, str]
    clock: Clock

    def status(self) -> Sequence[QueueCounts]:
        """Count; one call a queue, and one for their ages."""
        ages = self._ages()
        found = []
        for name, url in self.urls.items():
            answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[_WAITING, _TAKEN])
            counts = answer["Attributes"]
            found.append(QueueCounts(name, int(counts[_WAITING]), int(counts[_TAKEN]), ages.get(name)))
        return found

    def _ages(self) -> Mapping[str, int]:
        if self.cloudwatch is None:
            return {}
        now = moment(self.clock.time_ns())
        answer = self.cloudwatch.get_metric_data(
            MetricDataQueries=[
                {
                    "Id": f"age{number}",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "AWS/SQS",
                            "MetricName": "ApproximateAgeOfOldestMessage",
                            "Dimensions": [{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
                        },
                        "Period": _AGE_PERIOD_SECONDS,
                        "Stat": "Maximum",
                    },
                }
                for number, url in enumerate(self.urls.values())
            ],
            StartTime=now - _AGE_WINDOW,
            EndTime=now,
            ScanBy="TimestampDescending",
        )
        found = {each["Id"]: each["Values"] for each in answer["MetricDataResults"]}
        ages = {name: found.get(f"age{number}") for number, name in enumerate(self.urls)}
        return {name: int(values[0]) for name, values in ages.items() if values}


def published(deliveries: Deliveries, day: str) -> Iterator[Published]:
    """Give the messages that the deliveries of a day (YYYY-MM-DD) sent, newest first, by their outcomes."""
    for each in deliveries.find(Selection(day=day), first=_FIRST):
        receipt = Delivery(each.id, each.received_at, b"").receipt
        for outcome in reversed([*each.outcomes.values()]):
            verdict = Verdict(outcome["verdict"])
            if verdict not in _PUBLISHED or "id" not in outcome:
                continue
            late = verdict is Verdict.LATE
            name = f"late/{receipt(outcome['position'] - 1)}" if late else outcome["version"]
            subject = f"{outcome['kind']}/{masking.identity(outcome['id'])}"
            yield Published(each.received_at, f"{subject}/{name}", verdict, each.id)
