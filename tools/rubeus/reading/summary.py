"""What the deliveries table says of a delivery, beside its body."""

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from aws.delivery_items import TTL_ATTRIBUTE, closing
from aws.item_codec import decode, read_moment
from models.outcome import Result, State, Verdict

DISMISSAL = ("dismissed_at", "dismissed_by", "dismissed_because")
"""Attributes of a delivery that somebody put aside."""

CONCLUSION = ("problem", "reason", "outcome", "outcome_gzip", "unknown_fields")
"""Attributes that say how a delivery ended, or an attempt at it."""

ATTRIBUTES = (
    *("delivery_id", "received_at", "state", "attempts", "size", "sha256", "content_type", "path_kind"),
    *(
        "query",
        "content_encoding",
        "as_kind",
        "replay_of",
        "body_parts",
        "due_at",
        "leased_until",
        "reopened_at",
        TTL_ATTRIBUTE,
    ),
    *(*DISMISSAL, *CONCLUSION, "status", "milliseconds"),
)
"""All of a head that `read_summary` looks at: not the body."""


@dataclass(frozen=True, slots=True)
class Dismissal:
    """Who put a delivery aside, when (aware, UTC) and why."""

    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """All that is known of a delivery but its body.

    Attributes
    ----------
    received_at, due_at, leased_until, reopened_at
        When it came in; when recovery may take it again; until when a run has it; when an operator last had
        it run again. Aware, UTC.
    expires_at
        When DynamoDB may delete it; seconds since the Unix epoch.
    content_type, content_encoding, path_kind
        As the sender wrote them.
    query
        The values of each parameter of the URL's query, by name; the sender's words.
    as_kind
        The kind under which an operator had it taken, in place of `path_kind`.
    replay_of
        The delivery whose body it repeats, where an operator declared that one the newest.
    problem
        What is wrong with the body as a whole, in Portuguese.
    reason
        Why it is not finished.
    outcomes
        What became of each record, by position (from 1): verdict, and as far as there is something to say
        kind, id, kind_reason, version, problems and warnings (field and reason each).
    unknown_fields
        Paths of keys that no model knows: the sender's words.
    status
        Of the answer that the sender got, where that is known.
    milliseconds
        How long the sender waited for the answer, where that is known.
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
    content_encoding: str
    path_kind: str | None
    query: Mapping[str, Sequence[str]]
    as_kind: str | None
    replay_of: str | None
    problem: str | None
    reason: str | None
    outcomes: Mapping[int, Mapping[str, Any]]
    unknown_fields: Sequence[str]
    due_at: datetime | None
    leased_until: datetime | None
    reopened_at: datetime | None
    expires_at: int | None
    body_parts: int
    dismissal: Dismissal | None
    milliseconds: int | None
    status: int | None

    @property
    def kinds(self) -> Sequence[str | None]:
        """The kinds of the records, in their order, as far as they could be told."""
        return [each.get("kind") for each in self.outcomes.values()]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many of its records have each verdict."""
        return Counter(each["verdict"] for each in self.outcomes.values())

    @property
    def rejected(self) -> Sequence[Mapping[str, Any]]:
        """The outcomes of the records that were rejected."""
        return [each for each in self.outcomes.values() if each["verdict"] == Verdict.REJECTED]

    @property
    def problems(self) -> Mapping[str, Sequence[int]]:
        """All that is wrong, each once, with the positions of the records; none: it is about the whole."""
        found: dict[str, list[int]] = {text: [] for text in (self.reason, self.problem) if text}
        for outcome in self.rejected:
            for each in outcome.get("problems", ()):
                found.setdefault(remark(each), []).append(outcome["position"])
        return found

    def concluded(self, result: Result) -> "DeliverySummary":
        """Give what the inbox would say of it if it were closed with this result."""
        return replace(self, **_conclusion(decode({"data": {"M": closing(result)}})))


def read_summary(item: Mapping[str, Any]) -> DeliverySummary:
    """Read a summary from the delivery's head, as boto3's client gives it."""
    values: dict[str, Any] = dict(decode({"data": {"M": item}}))
    return DeliverySummary(
        id=values["delivery_id"],
        received_at=read_moment(item, "received_at"),
        attempts=values["attempts"],
        size=values["size"],
        sha256=values["sha256"],
        content_type=values["content_type"],
        content_encoding=values.get("content_encoding", ""),
        path_kind=values.get("path_kind"),
        query=parse_qs(values.get("query", ""), keep_blank_values=True),
        as_kind=values.get("as_kind"),
        replay_of=values.get("replay_of"),
        due_at=read_moment(item, "due_at") if "due_at" in item else None,
        leased_until=read_moment(item, "leased_until") if "leased_until" in item else None,
        reopened_at=read_moment(item, "reopened_at") if "reopened_at" in item else None,
        expires_at=values.get(TTL_ATTRIBUTE),
        body_parts=values.get("body_parts", 0),
        dismissal=_dismissal(item) if DISMISSAL[0] in item else None,
        milliseconds=values.get("milliseconds"),
        status=values.get("status"),
        **_conclusion(values),
    )


def remark(each: Mapping[str, str]) -> str:
    """Word a problem or a warning of a record."""
    return f"{each['field']}: {each['reason']}" if each["field"] else each["reason"]


def _conclusion(values: Mapping[str, Any]) -> dict[str, Any]:
    outcomes = values.get("outcome", [])
    if "outcome_gzip" in values:
        outcomes = json.loads(gzip.decompress(values["outcome_gzip"]))
    return {
        "state": State(values["state"]),
        "problem": values.get("problem"),
        "reason": values.get("reason"),
        "outcomes": {each["position"]: each for each in outcomes},
        "unknown_fields": values.get("unknown_fields", []),
    }


def _dismissal(item: Mapping[str, Any]) -> Dismissal:
    at, by, because = DISMISSAL
    return Dismissal(read_moment(item, at), item[by]["S"], item[because]["S"])
