"""What `rubeus queue status` prints."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click

from models.clock import timestamp
from rubeus.cli import words
from rubeus.reading.queues import Published, QueueCounts


def document(counts: Sequence[QueueCounts], sent: Sequence[Published]) -> dict[str, Any]:
    """Give it for JSON, as `rubeus queue status --help` says."""
    return {
        "queues": [
            {
                "name": each.name,
                "waiting": each.waiting,
                "taken": each.taken,
                "oldest_seconds": each.oldest_seconds,
            }
            for each in counts
        ],
        "published": [
            {
                "at": timestamp(each.at),
                "id": each.message_id,
                "verdict": each.verdict,
                "delivery_id": each.delivery_id,
            }
            for each in sent
        ],
    }


def say(counts: Sequence[QueueCounts], sent: Sequence[Published]) -> None:
    """Print the queues, and what was published."""
    rows = [
        (f"{each.name:<21}", f"{each.waiting:>7}  {each.taken:>5}  {_age(each.oldest_seconds)}")
        for each in counts
    ]
    words.rows(("queue", "waiting  taken  oldest"), rows)
    if any(each.waiting for each in counts if each.name.endswith("dead letters")):
        words.say("Mend what failed on the dead letters, then: rubeus queue redrive")
    click.echo()
    click.echo("Published last, by our own records:" if sent else "Nothing was published today.")
    for each in sent:
        words.say(f"{words.brasilia(each.at)}  {each.message_id}", "  ", "  ")


def _age(seconds: int | None) -> str:
    return "not known" if seconds is None else str(timedelta(seconds=seconds))
