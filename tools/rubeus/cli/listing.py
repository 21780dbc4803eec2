"""What `rubeus deliveries list` prints of a delivery."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from models.clock import timestamp
from rubeus.cli import words
from rubeus.reading.summary import DeliverySummary


def document(delivery: DeliverySummary) -> dict[str, Any]:
    """Give a delivery for JSON.

    ``{"delivery_id", "received_at" (RFC 3339, UTC), "state", "attempts", "size", "records", "rejected"
    (counts), "problem" (in words, or null), "problems": [words]}``.
    """
    return {
        **basics(delivery),
        "records": len(delivery.outcomes),
        "rejected": len(delivery.rejected),
        "problem": problem(delivery),
        "problems": list(delivery.problems),
    }


def basics(delivery: DeliverySummary) -> dict[str, Any]:
    """Give what every command says of a delivery, for JSON."""
    return {
        "delivery_id": delivery.id,
        "received_at": timestamp(delivery.received_at),
        "state": delivery.state,
        "attempts": delivery.attempts,
        "size": delivery.size,
    }


def problem(delivery: DeliverySummary) -> str | None:
    """Say in one sentence what is wrong with a delivery first, if anything is."""
    first = next(iter(delivery.problems), None)
    rejected = len(delivery.rejected)
    if delivery.reason or delivery.problem or not rejected:
        return first
    return f"{rejected} recusado{'s' if rejected > 1 else ''} de {len(delivery.outcomes)}: {first}"


def say(deliveries: Iterable[DeliverySummary]) -> int:
    """Print deliveries, a line of facts and then what is wrong with each; give how many there were."""
    count = 0
    if sys.stdout.isatty():
        rows = [(each.id, [_facts(each), *_problems(each)]) for each in deliveries]
        if rows:
            words.table(("delivery", "received             state         size"), rows)
        return len(rows)
    for count, each in enumerate(deliveries, 1):  # noqa: B007 - counts them
        click.echo(f"{each.id}  {_facts(each)}")
        for line in _problems(each):
            words.say(line, "  ", "  ")
    return count


def _facts(delivery: DeliverySummary) -> str:
    return f"{words.brasilia(delivery.received_at)}  {delivery.state:<11}  {words.size(delivery.size):>8}"


def _problems(delivery: DeliverySummary) -> Sequence[str]:
    lines = []
    if rejected := len(delivery.rejected):
        lines.append(f"{rejected} of {len(delivery.outcomes)} rejected")
    for text, positions in delivery.problems.items():
        lines.append(f"{words.records(positions)}: {text}" if positions else text)
    return lines
