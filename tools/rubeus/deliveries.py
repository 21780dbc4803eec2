"""`rubeus deliveries list`: what came in and has to be looked at."""

from itertools import islice
from typing import Any

from rubeus.head import Head
from rubeus.inbox import Inbox
from rubeus.selection import Selection
from rubeus.target import Target, aws_errors
from rubeus.wording import in_brasilia, indented, print_json, size, summary


@aws_errors()
def list_deliveries(target: Target, selection: Selection, limit: int | None, *, as_json: bool) -> int:
    """Print the selected deliveries, oldest first: a line of facts, and one of what is wrong.

    On AWS it needs `dynamodb:BatchGetItem` on the deliveries table and `dynamodb:Query` on its indexes.
    As JSON: ``{"deliveries": [{"delivery_id", "received_at" (RFC 3339, UTC), "state", "attempts", "size",
    "records", "rejected" (counts), "problem" (words or null)}]}``.

    Parameters
    ----------
    limit
        Print at most so many.

    Raises
    ------
    CommandError
        When the inbox cannot be read.
    """
    heads = islice(selection.find(Inbox(target.dynamodb, target.ids["DeliveriesTable"])), limit)
    if as_json:
        print_json({"deliveries": [_entry(head) for head in heads]})
        return 0
    count = 0
    for count, head in enumerate(heads, 1):  # noqa: B007 - counts them
        received, attempts = in_brasilia(head.received_at), f"attempts {head.attempts:<2}"
        print(f"{head.id}  {received}  {head.state:<11}  {attempts}  {size(head.size):>8}")
        if words := summary(head):
            print(indented(words))
    if not count:
        print("No deliveries.")
    return 0


def _entry(head: Head) -> dict[str, Any]:
    return {
        **head.facts,
        "records": len(head.outcomes),
        "rejected": len(head.rejected),
        "problem": summary(head),
    }
