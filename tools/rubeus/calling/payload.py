"""What is posted: a sample of events/ or a file, with some fields changed."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from models.exact_json import loads
from models.kind import FLUXO, KINDS
from rubeus.calling.client import JSON
from rubeus.errors import CommandError
from rubeus.exact import dumps
from rubeus.samples import EVENTS, read_event

Changes = Sequence[tuple[str, str]]
"""Dotted paths and texts."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A body, the Content-Type that it goes with, and the kind in its URL's end, if it has one there."""

    body: bytes
    content_type: str = JSON
    kind: str = ""

    def url(self, receiver: str) -> str:
        """Give where it is posted: a receiver's URL, and the kind, unless the URL has one."""
        has_one = receiver.rpartition("/")[2] in (*KINDS, FLUXO)
        return f"{receiver}/{quote(self.kind, safe='')}" if self.kind and not has_one else receiver

    def changed(self, changes: Changes, number: int) -> bytes:
        """Set fields of every record; `{n}` in a text stands for the number.

        Raises
        ------
        CommandError
            When the body is no JSON of objects.
        """
        if not changes:
            return self.body
        try:
            value: Any = loads(self.body.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            value = None
        records = value if isinstance(value, list) else [value]
        if not records or not all(isinstance(each, dict) for each in records):
            message = "--set takes a body that is JSON, an object or a list of objects"
            raise CommandError(message)
        for record in records:
            for path, text in changes:
                _set(record, path.split("."), text.replace("{n}", str(number)))
        return dumps(value).encode()


def samples() -> Sequence[str]:
    """Name the samples that are a POST with something to say in its body."""
    names = (path.stem for path in EVENTS.glob("*.json") if "rawPath" in _read(path))
    return sorted(name for name in names if name != "bad_token")  # its token is odd, which is not sent


def payload(name: str) -> Payload:
    """Read a sample by its name, or a file.

    One that holds an event of API Gateway gives the event's body, and the kind in its path.

    Raises
    ------
    CommandError
        When there is neither.
    """
    if name in samples():
        return _of_event(read_event(name))
    try:
        content = Path(name).read_bytes()
    except OSError as error:
        message = f"{name}: no sample ({', '.join(samples())}), and as a file: {error.strerror}"
        raise CommandError(message) from error
    try:
        event = json.loads(content)
    except (ValueError, RecursionError):
        event = None
    is_event = isinstance(event, dict) and "requestContext" in event and isinstance(event.get("body"), str)
    return _of_event(event) if is_event else Payload(content)


def _of_event(event: Mapping[str, Any]) -> Payload:
    body = event["body"]
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return Payload(
        base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(),
        headers.get("content-type", JSON),
        (event.get("pathParameters") or {}).get("kind", ""),
    )


def _read(path: Path) -> Mapping[str, object]:
    read: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return read


def _set(record: dict[str, object], names: Sequence[str], text: str) -> None:
    *outer, last = names
    for name in outer:
        inner = record.get(name)
        if not isinstance(inner, dict):
            inner = record[name] = {}
        record = inner
    record[last] = text
