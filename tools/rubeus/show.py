"""`rubeus deliveries show`: all that is known of one delivery."""

import base64
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from models.clock import timestamp
from rubeus import masking
from rubeus.errors import CommandError
from rubeus.head import Head
from rubeus.inbox import EXPIRED, Inbox
from rubeus.target import Target, aws_errors
from rubeus.wording import in_brasilia, indented, print_json, printable, record, remark, verdict


@aws_errors()
def show(target: Target, delivery_id: str, *, reveal: bool, as_json: bool) -> int:
    """Print all that is known of one delivery, every record's outcome, and the body.

    On AWS it needs `dynamodb:BatchGetItem` and `dynamodb:Query` on the deliveries table.
    As JSON: ``{"delivery_id", "received_at", "state", "attempts", "size", "sha256", "content_type",
    "path_kind", "problem", "reason", "due_at", "leased_until", "expires_at", "unknown_fields": [path],
    "records": [{"position" (from 1), "verdict", "kind", "id", "kind_reason", "version", "problems",
    "warnings"}]}``; what is not known is null, or absent in a record; problems and warnings are lists of
    ``{"field", "reason"}``. The body is one of ``"body_masked"`` (JSON), ``"body_text"`` and
    ``"body_base64"``, or none of them.

    Parameters
    ----------
    reveal
        Show the body as it was sent, byte for byte, and what else the sender wrote. Else personal data is
        masked, and a body that is not JSON is only described.

    Raises
    ------
    CommandError
        When there is no such delivery, or the inbox cannot be read.
    """
    inbox = Inbox(target.dynamodb, target.ids["DeliveriesTable"])
    head = inbox.head(delivery_id)
    if head is None:
        message = f"no such delivery: {delivery_id}"
        raise CommandError(message)
    body = inbox.body(head)
    facts = _facts(head, reveal=reveal)
    if as_json:
        print_json({**facts, **_body(body, reveal=reveal)})
        return 0
    _print_facts(head, facts)
    for outcome in facts["records"]:
        _print_outcome(outcome)
    _print_body(body, reveal=reveal)
    return 0


def _facts(head: Head, *, reveal: bool) -> dict[str, Any]:
    return {
        **head.facts,
        "sha256": head.sha256,
        "content_type": head.content_type if reveal or not head.content_type else masking.MASK,
        "path_kind": head.path_kind if reveal or not head.path_kind else masking.path_kind(head.path_kind),
        "problem": head.problem,
        "reason": head.reason,
        "due_at": head.due_at and timestamp(head.due_at),
        "leased_until": head.leased_until and timestamp(head.leased_until),
        "expires_at": head.expires_at and timestamp(datetime.fromtimestamp(head.expires_at, UTC)),
        "unknown_fields": [path if reveal else masking.field_path(path) for path in head.unknown_fields],
        "records": [_outcome(each, reveal=reveal) for each in head.outcomes.values()],
    }


def _outcome(outcome: Mapping[str, Any], *, reveal: bool) -> Mapping[str, Any]:
    return outcome if reveal or "id" not in outcome else {**outcome, "id": masking.identity(outcome["id"])}


def _body(body: bytes | None, *, reveal: bool) -> dict[str, object]:
    if body is None:
        return {}
    if not reveal:
        try:
            return {"body_masked": masking.masked_body(body)}
        except masking.NotJsonError:
            return {}
    try:
        return {"body_text": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def _print_facts(head: Head, facts: Mapping[str, Any]) -> None:
    rows = {
        "delivery": head.id,
        "received": f"{in_brasilia(head.received_at)} (Brasília)",
        "state": head.state,
        "attempts": head.attempts,
        "size": f"{head.size} bytes",
        "sha256": head.sha256,
        "content type": facts["content_type"] or "none",
        "kind in URL": facts["path_kind"] or "none",
        "problem": head.problem,
        "reason": head.reason,
        "tried again": head.due_at and in_brasilia(head.due_at),
        "leased until": head.leased_until and in_brasilia(head.leased_until),
        "kept until": head.expires_at and in_brasilia(datetime.fromtimestamp(head.expires_at, UTC)),
        "unknown fields": ", ".join(facts["unknown_fields"]),
        "records": len(head.outcomes),
    }
    for name, value in rows.items():
        if value or name == "records":
            print(f"{name:<14}  {printable(str(value))}")


def _print_outcome(outcome: Mapping[str, Any]) -> None:
    print(f"\n{record(outcome)}: {verdict(outcome)}")
    if reason := outcome.get("kind_reason"):
        print(indented(f"kind: {reason}"))
    for name in ("problem", "warning"):
        for each in outcome.get(f"{name}s", ()):
            print(indented(f"{name}: {remark(each)}"))


def _print_body(body: bytes | None, *, reveal: bool) -> None:
    if body is None:
        print(f"\nThe body cannot be shown: {EXPIRED}.")
    elif reveal:
        print("\nThe body, as it was sent:", flush=True)
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    elif "body_masked" in (masked := _body(body, reveal=False)):
        print("\nThe body, masked (--reveal shows it):")
        print_json(masked["body_masked"])
    else:
        print("\nThe body is not JSON, so nothing of it is shown (--reveal does).")
