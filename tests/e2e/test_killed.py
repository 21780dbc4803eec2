import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.serving import Served, contato, serving

from rubeus.stack.stores import local_session

RECORDS = 5_000
SECONDS = 240


def _keys(served: Served, sort_key: str) -> list[str]:
    """List the records of which the table has an item with this sort key."""
    pages = (
        _dynamodb(served.where["aws_endpoint"])
        .get_paginator("scan")
        .paginate(
            TableName=served.where["records_table"],
            FilterExpression="sk = :sk",
            ExpressionAttributeValues={":sk": {"S": sort_key}},
        )
    )
    return [item["pk"]["S"] for page in pages for item in page["Items"]]


@cache
def _dynamodb(endpoint: str) -> Any:
    return local_session().client("dynamodb", endpoint_url=endpoint)


def _is_stored(served: Served, key: str) -> bool:
    """Look for one record, as fast as can be."""
    item = {"pk": {"S": key}, "sk": {"S": "current"}}
    found = _dynamodb(served.where["aws_endpoint"]).get_item(
        TableName=served.where["records_table"], Key=item
    )
    return "Item" in found


def _recover(served: Served) -> Any:
    """Invoke recovery as its schedule does."""
    address = urlsplit(served.where["lambda_endpoint"])
    connection = HTTPConnection(str(address.hostname), address.port, timeout=300)
    connection.request("POST", "/2015-03-31/functions/rubeus-local-recovery/invocations", b"{}")
    answer = json.load(connection.getresponse())
    connection.close()
    return answer


def test_a_worker_killed_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    """SIGKILL while 5,000 records are being stored; recovery stores and publishes each of them once."""
    records = [contato(str(number)) for number in range(1, RECORDS + 1)]
    # Recovery must not be at the delivery when the worker, which runs both, is killed: its lease would last.
    with serving(tmp_path / "log", "--recovery", "20") as served, ThreadPoolExecutor(1) as pool:
        posting = pool.submit(served.post, records)
        while not _is_stored(served, "contato#1"):
            assert not posting.done()
        # With the emulator stopped, the delivery gets no further before the worker is dead.
        emulator = served.child("emulating")
        os.kill(emulator, signal.SIGSTOP)
        os.kill(int(served.where["worker_pid"]), signal.SIGKILL)
        os.kill(emulator, signal.SIGCONT)
        status, _ = posting.result()

        # The schedule of the local stack may take it first, and be at it still.
        deadline = time.monotonic() + SECONDS
        while served.states() != {"done"}:
            _recover(served)
            assert time.monotonic() < deadline

        assert status == 500
        assert len(set(_keys(served, "version#0000000001"))) == RECORDS
        assert _keys(served, "version#0000000002") == []
        served.messages("")
        assert {event["id"] for event in served.consumed} == {
            f"contato/{number}/1" for number in range(1, RECORDS + 1)
        }
        assert served.states() == {"done"}
