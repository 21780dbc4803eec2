"""What `rubeus deliveries dismiss` prints of a delivery."""

from typing import Any

from rubeus.cli import words
from rubeus.operating.dismiss import Dismissed


def document(each: Dismissed) -> dict[str, Any]:
    """Give what a dismissal did, for JSON.

    ``{"delivery_id", "before", "after" (states, or null where there is no such delivery), "left_alone" (why
    it was not dismissed, or null), "not_stored": [position], "not_sent": [position]}``; the last two of a
    failed one: its records that are not stored, and those whose messages may not have been sent.
    """
    before = each.before and each.before.state
    return {
        "delivery_id": each.delivery_id,
        "before": before,
        "after": before if each.left_alone else "dismissed",
        "left_alone": each.left_alone,
        "not_stored": list(each.unstored),
        "not_sent": list(each.unsent),
    }


def say(each: Dismissed) -> None:
    """Print what a dismissal did."""
    if each.unstored or each.unsent:
        words.say(f"{each.delivery_id}: not done yet")
    if each.unstored:
        words.say(f"not stored: {words.records(each.unstored)}", "  ", "  ")
    if each.unsent:
        words.say(f"message perhaps not sent: {words.records(each.unsent)}", "  ", "  ")
    if each.left_alone:
        words.say(f"{each.delivery_id}: left alone")
        words.say(each.left_alone, "  ")
    elif each.before:
        words.say(f"{each.delivery_id}: {each.before.state} → dismissed")
