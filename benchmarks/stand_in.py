"""A stand-in for DynamoDB, SQS and Secrets Manager: correctly-shaped successes after a set latency.

Run by `python -m benchmarks.stand_in`; benchmarks.processes starts it. It answers over HTTP/1.1 on loopback
and, where a certificate is given, over TLS too. It understands as little as it can, so that it stays cheap:
writes are counted and forgotten, unless it was told to *learn*. Then every item that a transaction puts is
remembered, and read from then on. It is told things over HTTP as well: `POST /control` takes a JSON object.
"""

import argparse
import asyncio
import json
import re
import selectors
import ssl
import sys
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias
from zlib import crc32

from benchmarks.payloads import TOKEN

Respond: TypeAlias = "Callable[[StandIn, bytes], bytes]"

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TARGET = re.compile(rb"\r\nx-amz-target: *\w+\.(\w+)", re.IGNORECASE)

# Inside a JSON string every quote is escaped, so none of these is ever found in a value.
_ENTRY = re.compile(rb'"Id": ?"([^"\\]+)"')
_KEY = re.compile(rb'"pk": ?\{"S": ?"([^"\\]+)"')  # one in each write; no contato has a field "pk"
_ITEM_MARKS = {
    "TransactWriteItems": re.compile(rb'"TableName"'),
    "BatchWriteItem": re.compile(rb'"(?:Put|Delete)Request"'),
    "BatchGetItem": re.compile(rb'"pk"'),
    "SendMessageBatch": _ENTRY,
}


class StandIn:
    """The state behind all connections.

    Attributes
    ----------
    seconds, seconds_an_item
        How long a call takes, and what each item in it adds.
    learns
        Whether items that are put in a transaction are remembered.
    hidden
        Partition keys that another delivery is about to write: they are not found until a transaction that
        holds one of them was cancelled for it.
    calls
        How many there were of each operation.
    in_sequence
        The longest chain of calls of which each began after the one before had been answered.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.seconds_an_item = 0.0
        self.learns = False
        self.items: dict[tuple[str, str], bytes] = {}
        self.hidden: set[str] = set()
        self.calls: Counter[str] = Counter()
        self.in_sequence = 0
        self._chain_ended = 0.0

    def control(self, body: bytes) -> bytes:
        """Do what the driver says; give the counts since it last said something, and begin anew."""
        orders = json.loads(body or b"{}")
        counts = {"calls": self.calls, "in_sequence": self.in_sequence}
        self.calls, self.in_sequence, self._chain_ended = Counter(), 0, 0.0
        self.seconds = orders.get("milliseconds", self.seconds * 1e3) / 1e3
        self.seconds_an_item = orders.get("microseconds_an_item", self.seconds_an_item * 1e6) / 1e6
        self.learns = orders.get("learns", self.learns)
        self.hidden = set(orders.get("raced", ()))
        return json.dumps(counts).encode()

    def answer(self, operation: str, body: bytes) -> tuple[int, bytes, float]:
        """Give status, body and how many seconds it takes."""
        self.calls[operation] += 1
        respond = _RESPONSES.get(operation)
        if respond is None:
            return 400, b'{"__type": "com.amazon#UnknownOperationException"}', 0
        seconds = self.seconds
        if self.seconds_an_item and operation in _ITEM_MARKS:
            seconds += self.seconds_an_item * len(_ITEM_MARKS[operation].findall(body))
        answer = respond(self, body)
        return 400 if answer.startswith(b'{"__type"') else 200, answer, seconds

    def answered(self, began: float, ended: float) -> None:
        """Note that a call is answered; they come in the order in which they end."""
        if began >= self._chain_ended:
            self.in_sequence += 1
            self._chain_ended = ended


def _get(state: StandIn, body: bytes) -> bytes:
    """Answer BatchGetItem with what is known; items stay text, since to write them anew would cost most."""
    tables = []
    for table, asked in json.loads(body)["RequestItems"].items():
        keys = [(key["pk"]["S"], key["sk"]["S"]) for key in asked["Keys"] if "pk" in key]
        found = [state.items[key] for key in keys if key in state.items and key[0] not in state.hidden]
        tables.append(b'"%s": [%s]' % (table.encode(), b",".join(found)))
    return b'{"Responses": {%s}, "UnprocessedKeys": {}}' % b",".join(tables)


def _transact(state: StandIn, body: bytes) -> bytes:
    if state.learns:
        puts = (write["Put"] for write in json.loads(body)["TransactItems"] if "Put" in write)
        for item in (put["Item"] for put in puts):
            state.items[item["pk"]["S"], item["sk"]["S"]] = json.dumps(item).encode()
    if not state.hidden:
        return b"{}"
    keys = [key.decode() for key in _KEY.findall(body)]
    if state.hidden.isdisjoint(keys):
        return b"{}"
    codes = ["ConditionalCheckFailed" if key in state.hidden else "None" for key in keys]
    state.hidden.difference_update(keys)
    cancelled = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": f"Transaction cancelled, please refer cancellation reasons for specific reasons {codes}",
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return json.dumps(cancelled).encode()


_SENT = {
    "MessageId": "00000000-0000-4000-8000-000000000000",
    "MD5OfMessageBody": "9e107d9d372bb6826bd81d3542a419d6",  # boto3 does not compare it, so any will do
    "SequenceNumber": "18849496460467696128",
}
_SENT_ENTRY = json.dumps({"Id": "%b", **_SENT}).encode()


def _send_batch(_: StandIn, body: bytes) -> bytes:
    sent = b",".join(_SENT_ENTRY % name for name in _ENTRY.findall(body))
    return b'{"Successful": [%s], "Failed": []}' % sent


def _always(answer: object) -> Respond:
    text = json.dumps(answer).encode()
    return lambda _state, _body: text


_RESPONSES: dict[str, Respond] = {
    "BatchGetItem": _get,
    "TransactWriteItems": _transact,
    "BatchWriteItem": _always({"UnprocessedItems": {}}),
    "PutItem": _always({}),
    "UpdateItem": _always({}),
    "Query": _always({"Items": [], "Count": 0, "ScannedCount": 0}),
    "SendMessage": _always(_SENT),
    "SendMessageBatch": _send_batch,
    "GetSecretValue": _always({"Name": "token", "SecretString": json.dumps({"token": TOKEN})}),
}


class Connection(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self, state: StandIn) -> None:
        self._state = state
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._body = self._end = 0  # where the body begins and ends, once the head is there
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to answer."""
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Collect a request, and answer it once it is complete."""
        self._buffer += data
        if not self._end:
            blank = self._buffer.find(b"\r\n\r\n")
            if blank < 0:
                return
            length = _LENGTH.search(self._buffer, 0, blank)
            self._body = blank + 4
            self._end = self._body + (int(length[1]) if length else 0)
        if len(self._buffer) >= self._end:
            head, body = self._buffer[: self._body], bytes(self._buffer[self._body : self._end])
            del self._buffer[: self._end]
            self._end = 0
            self._answer(head, body)

    def _answer(self, head: bytearray, body: bytes) -> None:
        began = self._loop.time()
        target = _TARGET.search(head)
        if target is None:
            self._write(200, self._state.control(body))
            return
        status, answer, seconds = self._state.answer(target[1].decode(), body)
        if seconds:
            self._loop.call_at(began + seconds, self._write, status, answer, began)
        else:
            self._write(status, answer, began)

    def _write(self, status: int, answer: bytes, began: float | None = None) -> None:
        if began is not None:
            self._state.answered(began, self._loop.time())
        self._transport.write(
            b"HTTP/1.1 %d OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n"
            b"x-amzn-RequestId: 00000000-0000-4000-8000-000000000000\r\nx-amz-crc32: %d\r\n\r\n%s"
            % (status, len(answer), crc32(answer), answer)
        )


async def _serve(certificate: str | None) -> None:
    loop, state = asyncio.get_running_loop(), StandIn()
    servers = [await loop.create_server(lambda: Connection(state), "127.0.0.1", 0)]
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        servers.append(await loop.create_server(lambda: Connection(state), "127.0.0.1", 0, ssl=context))
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    # Whoever started it ends it by closing its input, and it can't outlive them.
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Serve until standard input ends; the ports are the first line of standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificate", help="PEM file with certificate and key")
    # select() waits to the microsecond, epoll rounds up to the next millisecond.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    asyncio.set_event_loop(loop)
    loop.run_until_complete(_serve(parser.parse_args().certificate))


if __name__ == "__main__":
    main()
