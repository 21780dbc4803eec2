"""What `rubeus records why` prints."""

from collections.abc import Sequence
from typing import Any

import click

from models.clock import timestamp
from rubeus.cli import words
from rubeus.reading import answers, masking
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.records import Records
from rubeus.reading.why import Finding, Wanted, candidates, stored, unfinished


def explain(records: Records, deliveries: Deliveries, wanted: Wanted, *, as_json: bool) -> None:
    """Look for a record everywhere, and print the answer, the newest finding first."""
    found = [*stored(records, wanted)]
    unread = 0
    looked_at = candidates(deliveries)
    progress = words.progress(looked_at, "deliveries", len(looked_at))
    for each in unfinished(deliveries, progress, wanted):
        if each:
            found.append(each)
        else:
            unread += 1
    found.sort(key=lambda each: each.at, reverse=True)
    if as_json:
        words.print_json(_document(found, unread))
    else:
        _say(found, unread)


def _document(found: Sequence[Finding], unread: int) -> dict[str, Any]:
    """Give it for JSON.

    ``{"case" ("never", or that of the first finding), "what", "advice" (its words), "findings": [{"case",
    "kind", "id", "version", "received_at", "delivery_id", "position", "reasons", "what", "advice"}], "unread"
    (how many deliveries can't be read)}``.
    """
    first = answers.tell(found[0]) if found else answers.NEVER
    return {
        "case": found[0].case if found else "never",
        **first._asdict(),
        "findings": [
            {
                "case": each.case,
                "kind": each.key and each.key.kind,
                "id": each.key and masking.identity(each.key.id),
                "version": each.version,
                "received_at": timestamp(each.at),
                "delivery_id": each.delivery_id,
                "position": each.position,
                "reasons": list(each.reasons),
                **answers.tell(each)._asdict(),
            }
            for each in found
        ],
        "unread": unread,
    }


def _say(found: Sequence[Finding], unread: int) -> None:
    for each in found:
        answer = answers.tell(each)
        words.say(answer.what)
        words.say(answer.advice)
        words.say(f"Protocolo: {each.delivery_id}")
        click.echo()
    if not found:
        words.say(answers.NEVER.what)
        words.say(answers.NEVER.advice)
        if unread:
            words.say(answers.unread(unread))
