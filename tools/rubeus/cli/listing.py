"""What `rubeus deliveries list` prints of a delivery."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from models.clock import timestamp
from rubeus.cli import words
from rubeus.reading.rows import DeliveryRow


def document(delivery: DeliveryRow) -> dict[str, Any]:
    """Give a delivery for JSON.

    ``{"delivery_id", "received_at" (RFC 3339, UTC), "state", "size", "kinds": [kind], "counts" (by verdict),
    "milliseconds" (until the answer, or null), "records", "rejected" (counts), "problem" (in words, or
    null), "problems": [words]}``.
    """
    return {
        "delivery_id": delivery.id,
        "received_at": timestamp(delivery.received_at),
        "state": delivery.state,
        "size": delivery.size,
        "kinds": delivery.kinds,
        "counts": delivery.counts,
        "milliseconds": delivery.milliseconds,
        "records": delivery.records,
        "rejected": delivery.rejected,
        "problem": problem(delivery),
        "problems": list(delivery.problems),
    }


def problem(delivery: DeliveryRow) -> str | None:
    """Say in one sentence what is wrong with a delivery first, if anything is."""
    first, positions = next(iter(delivery.problems.items()), (None, ()))
    return f"{_rejected(delivery)}: {first}" if positions and delivery.rejected else first


def say(deliveries: Iterable[DeliveryRow]) -> int:
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


def _facts(delivery: DeliveryRow) -> str:
    return f"{words.brasilia(delivery.received_at)}  {delivery.state:<11}  {words.size(delivery.size):>8}"


def _rejected(delivery: DeliveryRow) -> str:
    return f"{delivery.rejected} recusado{'s' if delivery.rejected > 1 else ''} de {delivery.records}"


def _problems(delivery: DeliveryRow) -> Sequence[str]:
    lines = []
    if delivery.rejected:
        lines.append(_rejected(delivery))
    for text, positions in delivery.problems.items():
        lines.append(f"{words.records(positions)}: {text}" if positions else text)
    return lines
