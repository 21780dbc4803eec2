"""What `rubeus records why` prints."""

from typing import Any

import click

from models.clock import timestamp
from rubeus.cli import words
from rubeus.reading import answers, masking
from rubeus.reading.why import Explanation


def document(explanation: Explanation) -> dict[str, Any]:
    """Give it for JSON.

    ``{"case" ("never", or that of the first finding), "what", "advice" (its words), "findings": [{"case",
    "kind", "id", "version", "received_at", "delivery_id", "position", "reasons", "what", "advice"}], "unread"
    (how many deliveries can't be read)}``.
    """
    found = explanation.findings
    first = answers.tell(found[0]) if found else answers.never(explanation)
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
        "unread": explanation.unread,
    }


def say(explanation: Explanation) -> None:
    """Print it: each finding, and what to do."""
    for number, each in enumerate(explanation.findings):
        if number:
            click.echo()
        _say(answers.tell(each))
        words.say(f"Protocolo: {each.delivery_id}")
    if not explanation.findings:
        _say(answers.never(explanation))
        if explanation.unread:
            words.say(answers.unread(explanation.unread))


def _say(answer: answers.Answer) -> None:
    words.say(answer.what)
    words.say(answer.advice)
