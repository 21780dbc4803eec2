import json
import random
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes import deadline
from tests.payloads import DOCUMENTED

from aws.queues import RecoveryQueue
from models.delivery import Delivery, receive_at
from models.failures import StoreUnavailable
from models.limits import ALWAYS_FITS_BYTES, MAX_BODY_BYTES, MAX_EVENT_BYTES
from rubeus.stack.event import size

ROOT = Path(__file__).parents[2]
NOON = 1_795_532_400 * 10**9  # in nanoseconds since the epoch
AROUND = 12_000  # bytes of an event around its body: API Gateway takes 10,240 of request line and headers


def as_php(kind: str) -> str:
    """Write a documented record as PHP's json_encode does: no spaces, ASCII, slashes escaped."""
    (record,) = json.loads(DOCUMENTED[kind])
    return json.dumps(record, separators=(",", ":")).replace("/", "\\/")


def fitting_bytes(record: str) -> float:
    """Work out how many bytes of a body of such records fit into an event."""
    times = 1_000
    body = f"[{','.join([record] * times)}]"
    return (MAX_EVENT_BYTES - AROUND) * len(body) / size({"body": body})


def test_as_many_bytes_of_documented_records_fit_as_the_readmes_say() -> None:
    """Of JSON, as PHP writes the documented records, and of what comes in base64."""
    as_json = min(fitting_bytes(as_php(kind)) for kind in DOCUMENTED) // 100_000 / 10
    in_base64 = (MAX_EVENT_BYTES - AROUND) * 3 // 4 // 100_000 / 10

    english, portuguese = (
        " ".join((ROOT / name).read_text(encoding="utf-8").split())
        for name in ("README.md", "README.pt-BR.md")
    )

    assert f"{as_json} MB of JSON" in english
    assert f"{in_base64} MB" in english
    assert f"{as_json} MB de JSON".replace(".", ",") in portuguese
    assert f"{in_base64} MB".replace(".", ",") in portuguese
    for name in ("operations.md", "answers.md"):
        page = (ROOT / "docs" / name).read_text(encoding="utf-8")
        assert f"{as_json} MB of JSON" in page
        assert f"{in_base64} MB of another content type" in page


def test_as_much_fits_into_the_recovery_queue_as_the_operations_page_says() -> None:
    """780 KB gzipped do, 790 KB don't."""
    sent: list[str] = []
    sqs: Any = SimpleNamespace(send_message=lambda MessageBody, **_: sent.append(MessageBody))  # noqa: N803 - SQS's
    for kilobytes in (780, 790):
        noise = random.Random(kilobytes).randbytes(kilobytes * 1_000)  # gzip adds some 250 bytes
        delivery = Delivery(*receive_at(NOON, b"12345678"), noise, "application/json")
        with suppress(StoreUnavailable):
            RecoveryQueue(sqs, "queue").enqueue(delivery, deadline())

    assert len(sent) == 1
    assert "some 780 KB" in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_what_an_answer_advises_always_fits(kind: str) -> None:
    """In base64 and as JSON; and what fits is not refused for its size by the code."""
    assert AROUND + ALWAYS_FITS_BYTES * 4 / 3 < MAX_EVENT_BYTES
    assert ALWAYS_FITS_BYTES < fitting_bytes(as_php(kind)) < MAX_BODY_BYTES
