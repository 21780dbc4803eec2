"""What the deliveries table says of a delivery, beside its body."""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws.delivery_items import TTL_ATTRIBUTE
from aws.item_codec import decode
from models.clock import timestamp
from models.outcome import State, Verdict

FROM_THE_END = (
    *("problem", "reason", "outcome", "outcome_gzip", "unknown_fields"),
    *("due_at", "leased_until", TTL_ATTRIBUTE),
)
"""Attributes that an earlier close, or an attempt at one, left."""

ATTRIBUTES = (
    *("delivery_id", "received_at", "state", "attempts", "size", "sha256", "content_type", "path_kind"),
    *("body_parts", *FROM_THE_END),
)
"""All of a head that `read` looks at: not the body."""


@dataclass(frozen=True, slots=True)
class Head:
    """What became of a delivery.

    Attributes
    ----------
    received_at, due_at, leased_until
        When it came in; when recovery may take it again; until when a run has it. Aware, UTC.
    expires_at
        When DynamoDB may delete it; seconds since the Unix epoch.
    content_type, path_kind
        As the sender wrote them.
    problem
        What is wrong with the body as a whole, in Portuguese.
    reason
        Why it is not finished.
    outcomes
        What became of each record, by position (from 1): verdict, and as far as there is something to say
        kind, id, kind_reason, version, problems and warnings (field and reason each).
    unknown_fields
        Paths of keys that no model knows: the sender's words.
    body_parts
        How many items beside the head hold the body; 0: the head does.
    """

    id: str
    received_at: datetime
    state: State
    attempts: int
    size: int
    sha256: str
    content_type: str
    path_kind: str | None
    problem: str | None
    reason: str | None
    outcomes: Mapping[int, Mapping[str, Any]]
    unknown_fields: Sequence[str]
    due_at: datetime | None
    leased_until: datetime | None
    expires_at: int | None
    body_parts: int

    @property
    def facts(self) -> dict[str, Any]:
        """Give what every command says of it, for JSON."""
        return {
            "delivery_id": self.id,
            "received_at": timestamp(self.received_at),
            "state": self.state,
            "attempts": self.attempts,
            "size": self.size,
        }

    @property
    def rejected(self) -> Sequence[Mapping[str, Any]]:
        """List the outcomes of the records that were rejected."""
        return [each for each in self.outcomes.values() if each["verdict"] == Verdict.REJECTED]


def read(item: Mapping[str, Any]) -> Head:
    """Read a head from its item, as boto3's client gives it."""
    values: dict[str, Any] = dict(decode({"data": {"M": item}}))
    outcomes = values.get("outcome", [])
    if "outcome_gzip" in values:
        outcomes = json.loads(gzip.decompress(values["outcome_gzip"]))
    return Head(
        id=values["delivery_id"],
        received_at=datetime.fromisoformat(values["received_at"]),
        state=State(values["state"]),
        attempts=values["attempts"],
        size=values["size"],
        sha256=values["sha256"],
        content_type=values["content_type"],
        path_kind=values.get("path_kind"),
        problem=values.get("problem"),
        reason=values.get("reason"),
        outcomes={each["position"]: each for each in outcomes},
        unknown_fields=values.get("unknown_fields", []),
        due_at=_moment(values.get("due_at")),
        leased_until=_moment(values.get("leased_until")),
        expires_at=values.get(TTL_ATTRIBUTE),
        body_parts=values.get("body_parts", 0),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
