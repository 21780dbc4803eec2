"""Faults between a process of the receiver and the stores, put in where botocore sends."""

import json
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.httpsession import URLLib3Session
from tests.integration.receiving import aws_answer, aws_error

# As botocore's own session has it: else every call waits 40 ms for the other side's acknowledgement.
_NO_DELAY: Any = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]  # Any: the stubs know text only


@dataclass
class ProcessClock:
    """One process's clock: the world's, and what its invocation lost by being hurried.

    Attributes
    ----------
    now
        Gives the seconds of the world.
    lost
        Seconds by which `monotonic` is ahead.
    skew
        Seconds by which its time of day is wrong.
    """

    now: Callable[[], float]
    lost: float = 0.0
    skew: float = 0.0

    def time_ns(self) -> int:
        return round((self.now() + self.skew) * 1000) * 1_000_000

    def monotonic(self) -> float:
        return self.now() + self.lost

    def sleep(self, _: float) -> None:
        pass

    def hurry(self) -> None:
        """Let nearly all the time of an invocation go by at once."""
        self.lost += 28.5


class Died(BaseException):
    """The process ended here: nothing of ours catches it, and it makes no call any more."""


def _sent(request: AWSPreparedRequest) -> bytes:
    assert isinstance(request.body, bytes)
    return request.body


@dataclass
class Call:
    """One attempt of a call, on its way to the store."""

    operation: str
    request: AWSPreparedRequest
    session: URLLib3Session
    clock: "ProcessClock"

    @property
    def body(self) -> dict[str, Any]:
        return dict(json.loads(_sent(self.request)))

    def send(self, body: Mapping[str, Any] | None = None) -> AWSResponse:
        """Let it take effect, with another body if given."""
        if body is not None:
            self.request.body = json.dumps(body).encode()
            del self.request.headers["Content-Length"]
            self.request.headers["Content-Length"] = str(len(_sent(self.request)))
        return self.session.send(self.request)


Fault = Callable[[Call], AWSResponse | None]
"""What happens to a call: an answer instead of the store's, an exception, or None for nothing."""


def die_before(_: Call) -> AWSResponse | None:
    """End before the store hears of the call."""
    raise Died


def die_after(call: Call) -> AWSResponse | None:
    """End when the call has taken effect."""
    call.send()
    raise Died


def lose_the_answer(call: Call) -> AWSResponse | None:
    """Time out, although the call takes effect."""
    call.send()
    raise ReadTimeoutError(endpoint_url="https://slow.example")


def refuse(_: Call) -> AWSResponse | None:
    """Be away."""
    raise EndpointConnectionError(endpoint_url="https://away.example")


def throttle(_: Call) -> AWSResponse | None:
    """Have too much to do."""
    return aws_error("ThrottlingException")


def break_down(_: Call) -> AWSResponse | None:
    """Fail for reasons of the store's own."""
    return aws_error("InternalServerError", 500)


def halve(call: Call) -> AWSResponse | None:
    """Do the second half of a batch, and say so; cancel a transaction because of its first item."""
    body = call.body
    match call.operation:
        case "SendMessageBatch":
            entries = body["Entries"]
            middle = (len(entries) + 1) // 2
            done = (
                json.loads(call.send({**body, "Entries": entries[middle:]}).text) if entries[middle:] else {}
            )
            failed = [
                {"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"}
                for entry in entries[:middle]
            ]
            return aws_answer({"Successful": done.get("Successful", []), "Failed": failed})
        case "BatchWriteItem":
            ((table, requests),) = body["RequestItems"].items()
            middle = (len(requests) + 1) // 2
            if requests[middle:]:
                call.send({"RequestItems": {table: requests[middle:]}})
            return aws_answer({"UnprocessedItems": {table: requests[:middle]}})
        case "BatchGetItem":
            ((table, asked),) = body["RequestItems"].items()
            middle = (len(asked["Keys"]) + 1) // 2
            kept, left = asked["Keys"][middle:], {**asked, "Keys": asked["Keys"][:middle]}
            answer: dict[str, Any] = {"Responses": {table: []}}
            if kept:
                answer = json.loads(call.send({"RequestItems": {table: {**asked, "Keys": kept}}}).text)
            return aws_answer({**answer, "UnprocessedKeys": {table: left}})
        case "TransactWriteItems":
            reasons = [{"Code": "None"} for _ in body["TransactItems"]]
            reasons[0] = {"Code": "TransactionConflict"}
            return aws_error("TransactionCanceledException", CancellationReasons=reasons)
    return throttle(call)


def throttle_an_item(call: Call) -> AWSResponse | None:
    """Cancel a transaction because its last item's partition is busy; throttle any other call."""
    if call.operation != "TransactWriteItems":
        return throttle(call)
    reasons = [{"Code": "None"} for _ in call.body["TransactItems"]]
    reasons[-1] = {"Code": "ThrottlingError"}
    return aws_error("TransactionCanceledException", CancellationReasons=reasons)


def hurry(call: Call) -> AWSResponse | None:
    """Leave the invocation no time."""
    call.clock.hurry()
    return None


FAULTS: tuple[Fault, ...] = (
    die_before,
    die_after,
    lose_the_answer,
    refuse,
    throttle,
    break_down,
    halve,
    throttle_an_item,
    hurry,
)


@dataclass(frozen=True)
class Rule:
    """A fault for the calls from `first` to `last` (both counted from 0), of one service or of all."""

    fault: Fault
    first: int
    last: int
    service: str = ""

    def meets(self, number: int, service: str) -> bool:
        return self.first <= number <= self.last and self.service in ("", service)


@dataclass
class Injector:
    """Counts one process's calls, retries included, and lets its rules do to them what they will.

    Attributes
    ----------
    sent
        How often each message was taken by the records queue, by its deduplication id.
    """

    clock: "ProcessClock"
    rules: list[Rule] = field(default_factory=list)
    calls: int = 0
    dead: bool = False
    injected: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    session: URLLib3Session = field(default_factory=lambda: URLLib3Session(socket_options=_NO_DELAY))

    def begin(self, rules: list[Rule]) -> None:
        """Start a new invocation."""
        self.rules, self.calls, self.dead = rules, 0, False

    def __call__(self, event_name: str, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Stand in for botocore's own sending; an event handler of `before-send`."""
        if self.dead:
            raise Died
        service, operation = event_name.split(".")[1:]
        number, self.calls = self.calls, self.calls + 1
        call = Call(operation, request, self.session, self.clock)
        answer = None
        for rule in self.rules:
            if rule.meets(number, service):
                self.injected[getattr(rule.fault, "__name__", "meanwhile")] += 1
                try:
                    answer = rule.fault(call)
                except Died:
                    self.dead = True
                    raise
                if answer:
                    break
        answer = answer or call.send()
        if operation == "SendMessageBatch":
            self._count(json.loads(_sent(request)), json.loads(answer.text))
        return answer

    def _count(self, asked: Mapping[str, Any], answered: Mapping[str, Any]) -> None:
        ids = {entry["Id"]: entry["MessageDeduplicationId"] for entry in asked["Entries"]}
        self.sent.update(ids[entry["Id"]] for entry in answered.get("Successful", []))
