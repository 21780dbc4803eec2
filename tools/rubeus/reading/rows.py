"""What a list says of a delivery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws.item_codec import read_moment
from models.outcome import State, Verdict
from rubeus.reading.summary import DeliverySummary

INDEXED = ("state", "kinds", "counts", "size", "milliseconds")
"""What the index of days has of a closed delivery beside its key; `counts` is by verdict."""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery in a list.

    Attributes
    ----------
    received_at
        Aware, UTC.
    kinds
        Those of its records, as far as they could be told.
    counts
        How many of its records have each verdict.
    milliseconds
        How long the sender waited for the answer, where that is known.
    problems
        All that is wrong, each once, with the positions of the records (from 1); none: it is about the whole.
    """

    id: str
    received_at: datetime
    state: State
    size: int
    kinds: Sequence[str]
    counts: Mapping[str, int]
    milliseconds: int | None
    problems: Mapping[str, Sequence[int]]

    @property
    def records(self) -> int:
        """How many records it has, as far as they are known."""
        return sum(self.counts.values())

    @property
    def rejected(self) -> int:
        """How many of them were rejected."""
        return self.counts.get(Verdict.REJECTED, 0)


def row(summary: DeliverySummary) -> DeliveryRow:
    """Make a row of all that is known of a delivery."""
    return DeliveryRow(
        id=summary.id,
        received_at=summary.received_at,
        state=summary.state,
        size=summary.size,
        kinds=sorted({kind for kind in summary.kinds if kind}),
        counts=summary.counts,
        milliseconds=summary.milliseconds,
        problems=summary.problems,
    )


def indexed_row(item: Mapping[str, Any]) -> DeliveryRow | None:
    """Make a row of what the index has; None where that does not say all, or there are problems to word."""
    if "counts" not in item or item["state"]["S"] != State.DONE or Verdict.REJECTED in item["counts"]["M"]:
        return None
    milliseconds = item.get("milliseconds")
    return DeliveryRow(
        id=item["delivery_id"]["S"],
        received_at=read_moment(item, "received_at"),
        state=State.DONE,
        size=int(item["size"]["N"]),
        kinds=[each["S"] for each in item["kinds"]["L"]],
        counts={verdict: int(count["N"]) for verdict, count in item["counts"]["M"].items()},
        milliseconds=int(milliseconds["N"]) if milliseconds else None,
        problems={},
    )
