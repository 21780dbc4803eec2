"""What `rubeus queue status` and `dead-letters` print."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click

from models.clock import timestamp
from rubeus.cli import words
from rubeus.cli.arguments import another
from rubeus.reading import masking
from rubeus.reading.dead_letters import MOST, DeadLetter
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
        (
            f"{each.name:<21}",
            f"{each.waiting:>7} waiting  {each.taken:>5} taken  oldest {_age(each.oldest_seconds)}",
        )
        for each in counts
    ]
    words.rows(("queue", "messages"), rows)
    if any(each.waiting for each in counts if each.name.endswith("dead letters")):
        words.say("Whose messages the dead letters are:")
        words.say(another("queue dead-letters"), indent="  ")
    click.echo()
    click.echo("Published last, by our own records:" if sent else "Nothing was published today.")
    for each in sent:
        words.say(f"{words.brasilia(each.at)}  {each.message_id}", "  ", "  ")


def dead_letter(each: DeadLetter) -> dict[str, Any]:
    """Give a message for JSON, as `rubeus queue dead-letters --help` says."""
    return {
        "queue": each.queue,
        "sent_at": timestamp(each.sent_at),
        "receives": each.receives,
        "event": each.event,
        "kind": each.key and each.key.kind,
        "id": each.key and masking.identity(each.key.id),
        "delivery_id": each.delivery_id,
    }


def say_dead_letters(found: Sequence[DeadLetter]) -> None:
    """Print messages of dead-letter queues."""
    rows = []
    for each in found:
        received = f"received {each.receives} time{'' if each.receives == 1 else 's'}"
        about = "no message of the receiver's"
        if each.key:
            about = f"{each.key.kind} {masking.identity(each.key.id)}  {each.event or ''}".rstrip()
        elif each.delivery_id:
            about = "a delivery that is not in the inbox"
        facts = f"{words.brasilia(each.sent_at)}  {received}\n{about}"
        rows.append((each.queue, f"{facts}\n{each.delivery_id}" if each.delivery_id else facts))
    if not rows:
        click.echo("No dead letters.")
        return
    words.rows(("queue", "sent, received, about, protocolo"), rows)
    for name, count in Counter(each.queue for each in found).items():
        if count == MOST:
            words.say(f"{name}: there may be more behind these; rubeus queue status counts them.")
    words.say("Mend what failed on them, then:")
    words.say(another("queue redrive"), indent="  ")


def _age(seconds: int | None) -> str:
    return "not known" if seconds is None else str(timedelta(seconds=seconds))
