"""What `rubeus deliveries show` prints of a delivery."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from models.clock import timestamp
from models.delivery import Delivery
from rubeus.cli import words
from rubeus.reading import masking
from rubeus.reading.bodies import pretty, unpacked
from rubeus.reading.summary import DeliverySummary, remark

NO_BODY = "a part of its body has expired"

_LABEL_WIDTH = 14


def facts(delivery: DeliverySummary, *, reveal: bool) -> dict[str, Any]:
    """Give all that is known of a delivery but its body, for JSON.

    ``{"delivery_id", "received_at", "state", "attempts", "size", "sha256", "content_type",
    "content_encoding", "path_kind", "query" (values by name), "as_kind", "replay_of", "problem", "reason",
    "due_at", "leased_until", "reopened_at", "expires_at", "dismissed_at", "dismissed_by",
    "dismissed_because", "unknown_fields": [path], "records": [{"position" (from 1), "verdict", "kind", "id",
    "kind_reason", "version", "problems", "warnings"}]}``; what is not known is null, or absent in a record;
    problems and warnings are lists of ``{"field", "reason"}``.

    Parameters
    ----------
    reveal
        Give all that the sender wrote; else what may be personal data is masked.
    """
    dismissal = delivery.dismissal
    path_kind, encoding = delivery.path_kind, delivery.content_encoding
    return {
        "delivery_id": delivery.id,
        "received_at": timestamp(delivery.received_at),
        "state": delivery.state,
        "attempts": delivery.attempts,
        "size": delivery.size,
        "sha256": delivery.sha256,
        "content_type": delivery.content_type if reveal else masking.content_type(delivery.content_type),
        "content_encoding": encoding if reveal else masking.content_encoding(encoding),
        "path_kind": path_kind if reveal or not path_kind else masking.path_kind(path_kind),
        "query": delivery.query if reveal else masking.query(delivery.query),
        "as_kind": delivery.as_kind,
        "replay_of": delivery.replay_of,
        "problem": delivery.problem,
        "reason": delivery.reason,
        "due_at": delivery.due_at and timestamp(delivery.due_at),
        "leased_until": delivery.leased_until and timestamp(delivery.leased_until),
        "reopened_at": delivery.reopened_at and timestamp(delivery.reopened_at),
        "expires_at": delivery.expires_at and timestamp(datetime.fromtimestamp(delivery.expires_at, UTC)),
        "dismissed_at": dismissal and timestamp(dismissal.at),
        "dismissed_by": dismissal and dismissal.by,
        "dismissed_because": dismissal and dismissal.because,
        "unknown_fields": [path if reveal else masking.field_path(path) for path in delivery.unknown_fields],
        "records": [_record(each, reveal=reveal) for each in delivery.outcomes.values()],
    }


def body(summary: DeliverySummary, delivery: Delivery | None, *, reveal: bool) -> dict[str, object]:
    """Give a body for JSON: one of `body_masked` (JSON), `body_text` and `body_base64`, or none of them.

    With `body_unpacked`: whether it was sent gzipped.
    """
    if delivery is None:
        return {}
    content, is_unpacked = unpacked(delivery)
    return {**_content(summary, content, reveal=reveal), "body_unpacked": is_unpacked}


def say(summary: DeliverySummary, delivery: Delivery | None, *, reveal: bool) -> None:
    """Print all that is known of a delivery, every record's outcome, and the body."""
    told = facts(summary, reveal=reveal)
    _say_facts(summary, told)
    for outcome in told["records"]:
        _say_record(outcome)
    click.echo()
    if delivery is None:
        click.echo(f"The body cannot be shown: {NO_BODY}.")
        return
    content, is_unpacked = unpacked(delivery)
    if is_unpacked:
        click.echo("The body was sent gzipped; this is what is in it.")
    if reveal:
        click.echo("The body (--raw gives it byte for byte):")
        words.say_lines(pretty(content))
    elif "body_masked" in (masked := _content(summary, content, reveal=False)):
        click.echo("The body, masked (--reveal shows it):")
        words.say_lines(json.dumps(masked["body_masked"], ensure_ascii=False, indent=2))
    else:
        click.echo("The body is not JSON, so nothing of it is shown (--reveal does).")


def _content(summary: DeliverySummary, content: bytes, *, reveal: bool) -> dict[str, object]:
    if not reveal:
        try:
            return {"body_masked": masking.masked_body(content, summary.kinds)}
        except masking.NotJsonError:
            return {}
    try:
        return {"body_text": content.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(content).decode()}


def _record(outcome: Mapping[str, Any], *, reveal: bool) -> Mapping[str, Any]:
    return outcome if reveal or "id" not in outcome else {**outcome, "id": masking.identity(outcome["id"])}


def _say_facts(delivery: DeliverySummary, told: Mapping[str, Any]) -> None:
    expires_at, dismissal = delivery.expires_at, delivery.dismissal
    rows = {
        "delivery": delivery.id,
        "replays": delivery.replay_of,
        "received": f"{words.brasilia(delivery.received_at)} (Brasília)",
        "state": delivery.state,
        "dismissed": dismissal and words.brasilia(dismissal.at),
        "by": dismissal and dismissal.by,
        "because": dismissal and dismissal.because,
        "replayed": delivery.reopened_at and words.brasilia(delivery.reopened_at),
        "attempts": delivery.attempts,
        "size": f"{delivery.size} bytes",
        "sha256": delivery.sha256,
        "content type": told["content_type"] or "none",
        "encoding": told["content_encoding"],
        "kind in URL": told["path_kind"] or "none",
        "query in URL": ", ".join(
            f"{name}={value}" for name, values in told["query"].items() for value in values
        ),
        "taken as": delivery.as_kind,
        "problema": delivery.problem,
        "reason": delivery.reason,
        "tried again": delivery.due_at and words.brasilia(delivery.due_at),
        "leased until": delivery.leased_until and words.brasilia(delivery.leased_until),
        "kept until": expires_at and words.brasilia(datetime.fromtimestamp(expires_at, UTC)),
        "unknown fields": ", ".join(told["unknown_fields"]),
        "records": len(delivery.outcomes),
    }
    for label, value in rows.items():
        if value or label == "records":
            words.say(f"{label:<{_LABEL_WIDTH}}  {value}", hanging=" " * (_LABEL_WIDTH + 2))


def _say_record(outcome: Mapping[str, Any]) -> None:
    click.echo()
    words.say(f"{words.record(outcome)}: {words.verdict(outcome)}", hanging="  ")
    if reason := outcome.get("kind_reason"):
        words.say(f"tipo: {reason}", "  ", "  ")
    for label, name in (("problema", "problems"), ("aviso", "warnings")):
        for each in outcome.get(name, ()):
            words.say(f"{label}: {remark(each)}", "  ", "  ")
