"""The sample events of events/, which `sam local invoke` takes and the demo posts."""

import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

EVENTS = Path(__file__).parents[2] / "events"


def read_event(name: str) -> dict[str, Any]:
    """Read one event by the name of its file without `.json`."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def post(event: Mapping[str, Any], url: str) -> tuple[int, str]:
    """Post an event's body over HTTP, to its own path, the way Rubeus does.

    Parameters
    ----------
    event
        From `read_event`.
    url
        Any URL of the receiver; only host and port count.

    Returns
    -------
    tuple
        Status and text of the answer.
    """
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        headers = {"Accept": "*/*", "Content-Type": event["headers"]["content-type"]}
        connection.request("POST", event["rawPath"], event["body"].encode(), headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()
