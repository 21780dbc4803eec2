"""What `rubeus deliveries dismiss` prints of a delivery."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rubeus.cli import words
from rubeus.operating.bulk import Failed
from rubeus.operating.dismiss import Dismissed


def document(each: Dismissed | Failed) -> dict[str, Any]:
    """Give what a dismissal did, for JSON.

    ``{"delivery_id", "before", "after" (states, or null where there is no such delivery), "left_alone" (why
    it was not dismissed, or null), "not_stored": [position], "not_sent": [position]}``; the last two of a
    failed one: its records that are not stored, and those whose messages may not have been sent. Where AWS
    did not do it: ``{"delivery_id", "error" (its code)}``.
    """
    if isinstance(each, Failed):
        return words.failed_document(each)
    before = each.before and each.before.state
    return {
        "delivery_id": each.delivery_id,
        "before": before,
        "after": before if each.left_alone else "dismissed",
        "left_alone": each.left_alone,
        "not_stored": list(each.unstored),
        "not_sent": list(each.unsent),
    }


def say_total(done: Sequence[Dismissed | Failed]) -> None:
    """Print how many deliveries were dismissed."""
    words.say(f"total: {words.counted(Counter(map(_end, done)))}")


def _end(each: Dismissed | Failed) -> str:
    if isinstance(each, Failed):
        return "failed"
    return "left alone" if each.left_alone else "dismissed"


def say(each: Dismissed | Failed) -> None:
    """Print what a dismissal did."""
    if isinstance(each, Failed):
        words.say_failed(each)
        return
    if each.unstored or each.unsent:
        words.say(f"{each.delivery_id}: not done yet")
    if each.unstored:
        words.say(f"não gravado: {words.records(each.unstored)}", "  ", "  ")
    if each.unsent:
        words.say(f"mensagem talvez não enviada: {words.records(each.unsent)}", "  ", "  ")
    if each.left_alone:
        words.say(f"{each.delivery_id}: left alone")
        words.say(each.left_alone, "  ")
    elif each.before:
        words.say(f"{each.delivery_id}: {each.before.state} → dismissed")
