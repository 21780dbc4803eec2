"""JSONL: a line a record, its numbers with all of their digits."""

from collections.abc import Mapping
from decimal import Decimal

import orjson

from models.clock import timestamp
from rubeus.exact import dumps
from rubeus.reading.record_state import RecordState


def line(state: RecordState, *, raw: bool) -> bytes:
    """Give a state as one line of JSON, with its end; `raw`: the record alone."""
    return _json(state.data if raw else _envelope(state)) + b"\n"


def _envelope(state: RecordState) -> Mapping[str, object]:
    facts = {
        "kind": state.key.kind,
        "id": state.key.id,
        "version": state.version,
        "sequence": state.receipt,
        "received_at": timestamp(state.received_at),
        "deliveryid": state.delivery_id,
        "data": state.data,
    }
    return facts if state.query is None else {**facts, "query": state.query}


def _json(value: object) -> bytes:
    try:
        return orjson.dumps(value, default=_number)
    except TypeError:  # a lone surrogate, or an integer of over 64 bits
        return dumps(value).encode()


def _number(value: object) -> orjson.Fragment:
    if not isinstance(value, Decimal):
        raise TypeError(type(value).__name__)
    return orjson.Fragment(str(value))
