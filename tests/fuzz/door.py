"""The real handler in front of stores in memory, listened to while it answers."""

import json
import logging
import re
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from tests.fakes import (
    FakeInbox,
    FakeMessages,
    FakeRecords,
    FakeRecoveryQueue,
    Fakes,
    ManualClock,
    WhenAwaited,
    lambda_context,
)
from tests.fuzz.posts import PREVIOUS, TOKEN
from tests.fuzz.texts import CANARY, CPF, CPF_AS_WRITTEN, EMAIL
from tests.unit.test_settings import COMPLETE

from aws.deliveries_table import DeliveriesTable
from aws.queues import RecordsQueue, RecoveryQueue
from aws.token import Token
from aws.writes import write_set
from handlers import bootstrap, responses, webhook
from handlers.bootstrap import Receiver
from models.change import Plan, WriteResult
from models.deadline import Deadline
from models.delivery import Delivery, Saved
from models.failures import StoreUnavailable
from models.message import Message
from models.outcome import Result
from settings import Settings

SETTINGS = Settings.from_environment(COMPLETE)
SECRET = json.dumps({"token": TOKEN, "previous": PREVIOUS})

# What would give a value away, or the token; also in base64, at any of its three alignments.
_CLUES = (
    *("canario", CPF, CPF_AS_WRITTEN, TOKEN, PREVIOUS),
    *(b64encode(b" " * shift + CANARY.encode())[4:-4].decode().lower() for shift in range(3)),
)


class _Service:
    """Stands for an AWS client: takes any call that could be sent."""

    def __getattr__(self, _: str) -> Callable[..., Mapping[str, Any]]:
        return self._take

    def _take(self, **parameters: Any) -> Mapping[str, Any]:
        json.dumps(parameters, ensure_ascii=False, default=len).encode()  # lone surrogates can't be sent
        entries = parameters.get("Entries", ())
        return {"UnprocessedItems": {}, "Successful": [{"Id": entry["Id"]} for entry in entries]}


_service: Any = _Service()


class _Inbox(FakeInbox):
    """Has the real table word what it is given; so do the other three."""

    def save(self, delivery: Delivery, deadline: Deadline) -> Saved:
        super().save(delivery, deadline)
        return DeliveriesTable(_service, "deliveries", 30, 90).save(delivery, deadline)

    def close(self, result: Result, parts: int, deadline: Deadline) -> None:
        super().close(result, parts, deadline)
        DeliveriesTable(_service, "deliveries", 30, 90).close(result, parts, deadline)


class _Records(FakeRecords):
    def store(self, plans: Sequence[Plan], delivery: Delivery, deadline: Deadline) -> Sequence[WriteResult]:
        for plan in plans:
            written = write_set(plan, delivery, "records")
            _service.transact_write_items(before=written.before, items=written.items, after=written.after)
        return super().store(plans, delivery, deadline)


class _Messages(FakeMessages):
    def publish(self, messages: Sequence[Message], deadline: Deadline) -> Mapping[str, StoreUnavailable]:
        RecordsQueue(_service, "queue", "records", WhenAwaited()).publish(messages, deadline)
        return super().publish(messages, deadline)


class _RecoveryQueue(FakeRecoveryQueue):
    def enqueue(self, delivery: Delivery, deadline: Deadline) -> None:
        super().enqueue(delivery, deadline)
        RecoveryQueue(_service, "queue").enqueue(delivery, deadline)


class Keeping(Fakes):
    """Stores that keep what they were given, once the real ones have worded it.

    Parameters
    ----------
    away
        Names of the calls that fail.
    broken
        Names of the calls that raise what no store should, with a value of the payload in the message.
    """

    def __init__(self, away: Iterable[str] = (), broken: Iterable[str] = ()) -> None:
        super().__init__(away)
        self.calls.first = dict.fromkeys(broken, _break)
        self.inbox = _Inbox(self.calls)
        self.records = _Records(self.calls)
        self.messages = _Messages(self.calls)
        self.recovery = _RecoveryQueue(self.calls)

    @property
    def kept(self) -> list[Delivery]:
        """Give what the inbox has."""
        return [head.delivery for head in self.inbox.heads.values()]

    def secret(self, **asked: str) -> Mapping[str, str]:
        """Answer for Secrets Manager."""
        self.calls.come("secret", asked)
        return {"SecretString": SECRET}


def _break(*_: object) -> None:
    raise RuntimeError(EMAIL, CPF)


@dataclass
class Door:
    """One process of the front door: its stores, its token, and the time that each invocation has."""

    fakes: Keeping = field(default_factory=Keeping)
    milliseconds: int = 29_000

    def __post_init__(self) -> None:
        """Give it a token that it has not asked for yet."""
        secretsmanager: Any = SimpleNamespace(get_secret_value=self.fakes.secret)
        self._clock = ManualClock()
        self._token = Token(secretsmanager, "token", self._clock)

    def answer(self, event: Any) -> responses.Response:
        """Let the handler answer; what holds for every answer must hold for this one."""
        self._clock.sleep(1)  # what comes within one millisecond has no order
        receiver = Receiver(SETTINGS, self.fakes.stores, self._token, self._clock)
        with patch.object(bootstrap, "receiver", lambda: receiver), _overheard() as said:
            answer = webhook.handler(event, lambda_context(self.milliseconds))
        _check(answer)
        told = (said.getvalue() + json.dumps(answer, ensure_ascii=False)).lower()
        assert [clue for clue in _CLUES if clue in told] == []
        return answer


@contextmanager
def _overheard() -> Iterator[StringIO]:
    """Hear all that is printed, and all that any logger says at any level."""
    said = StringIO()
    root, ours = logging.getLogger(), logging.getLogger("rubeus-webhook")
    listener = logging.StreamHandler(said)
    levels = [(logger, logger.level) for logger in (root, ours)]
    streams = [each for each in ours.handlers if isinstance(each, logging.StreamHandler)]
    root.addHandler(listener)
    for logger, _ in levels:
        logger.setLevel(logging.DEBUG)
    for each in streams:
        each.setStream(said)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            yield said
    finally:
        for each in streams:
            each.setStream(sys.stdout)
        for logger, level in levels:
            logger.setLevel(level)
        root.removeHandler(listener)


# Words of pydantic, of `json` and of Python's own messages; no answer in Portuguese has them.
_ENGLISH = re.compile(
    r"\b(the|input|should|must|value|valid|invalid|expect\w*|error|string|field|required|object|unterminated|not|is)\b",
    re.IGNORECASE,
)


def _check(answer: responses.Response) -> None:
    """Hold an answer against the contract: shape, headers, JSON, Portuguese, a box of 78 columns."""
    status, headers, text = answer["statusCode"], answer["headers"], answer["body"]
    assert answer == {"statusCode": status, "headers": headers, "body": text, "isBase64Encoded": False}
    problem = status >= 400
    media_type = "application/problem+json" if problem else "application/json"
    assert headers == {
        "content-type": f"{media_type}; charset=utf-8",
        "cache-control": "no-store",
        **({"allow": "POST"} if status == 405 else {}),
        **({"retry-after": "60"} if status == 503 else {}),
    }
    assert text.encode().decode() == text
    assert [line for line in text.splitlines() if len(line) > 78] == []
    body = json.loads(text)
    said = list(_texts(body))
    assert [each for each in said if _ENGLISH.search(each)] == []
    if problem:
        assert list(body)[:4] == ["type", "title", "status", "detail"]
        assert (body["type"], body["status"]) == ("about:blank", status)
        assert all((body["title"], body["detail"], body["o_que_fazer"]))
    else:
        assert list(body)[:2] == ["mensagem", "protocolo"]
        assert body["mensagem"]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    if isinstance(value, str):
        yield value
