"""Why a record is not here, or that it is: what the tables know of it, and what to do."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from operator import attrgetter
from typing import Any, TypeAlias

from ingest.body import split
from ingest.element import UnreadableError
from ingest.parse import parse
from models.clock import moment
from models.contato import Contato
from models.delivery import Delivery, received_seconds
from models.identity import usable_id
from models.kind import FLUXO
from models.outcome import State, Verdict
from models.record import Key
from models.validation import validate
from rubeus.reading.deliveries import Deliveries, UnreadableBodyError
from rubeus.reading.record_state import RecordState
from rubeus.reading.records import By, Records, identities, searched
from rubeus.reading.selection import Selection
from rubeus.reading.summary import DeliverySummary, Dismissal, remark

UNFINISHED = (State.OPEN, State.QUARANTINED, State.FAILED, State.DISMISSED)
"""In a delivery in one of these states a record may be that is not among the records."""

KEPT = timedelta(days=30)
"""How far back deliveries are looked through for what was erased, unless told: `RetentionDays`' default."""

_STORED = (Verdict.NEW, Verdict.UPDATED, Verdict.REPEATED, Verdict.LATE)


class Case(StrEnum):
    """What is known of a record."""

    STORED = auto()
    REPEATED = auto()
    LATE = auto()
    WAITING = auto()
    FAILED = auto()
    REJECTED = auto()
    DISMISSED = auto()
    ERASED = auto()


_CASES = {
    State.OPEN: Case.WAITING,
    State.FAILED: Case.FAILED,
    State.QUARANTINED: Case.REJECTED,
    State.DISMISSED: Case.DISMISSED,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that became of a record.

    Attributes
    ----------
    key
        None where it was rejected before that could be told.
    at
        When it was received; aware, UTC.
    version
        Of a stored one.
    position
        In the delivery, from 1, where it is not among the records.
    reasons
        Why it was rejected, in Portuguese.
    due_at
        When recovery tries a waiting one again; aware, UTC.
    """

    case: Case
    key: Key | None
    delivery_id: str
    at: datetime
    version: int | None = None
    position: int | None = None
    reasons: Sequence[str] = ()
    due_at: datetime | None = None
    dismissal: Dismissal | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is asked for: a record by its key, or a contato by its codigo or CPF, as the index has it."""

    key: Key | None = None
    by: By | None = None
    value: str = ""

    @classmethod
    def identity(cls, by: By, text: str) -> "Wanted":
        """Ask for a contato by what somebody typed. Raises NoIdentityError."""
        return cls(by=by, value=searched(by, text))

    def is_meant(self, kind: str | None, data: Mapping[str, object]) -> bool:
        """Say whether a record of a delivery, of this kind if it has one, may be the one."""
        if self.key:
            return usable_id(data.get("id")) == self.key.id and kind in (None, self.key.kind)
        if kind not in (None, "contato"):
            return False
        contato = validate(Contato, {**data, "id": "1"}).view
        if not isinstance(contato, Contato):
            return False
        return self.by is not None and identities(contato)[self.by] == self.value


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of a record, the newest finding first; none: it never came.

    Attributes
    ----------
    unread
        How many deliveries can't be read, in which it may be.
    since
        How far back it was looked for what was erased; None: it was not, since that is told by id alone.
    """

    findings: Sequence[Finding]
    unread: int
    since: datetime | None


Watch: TypeAlias = Callable[[Iterable[DeliverySummary]], Iterable[DeliverySummary]]


def explain(
    records: Records,
    deliveries: Deliveries,
    wanted: Wanted,
    since: datetime | None = None,
    watch: Watch = iter,
) -> Explanation:
    """Look for a record everywhere.

    Parameters
    ----------
    since
        How far back to look for what was erased; None: as far back as deliveries are kept by default.
    watch
        Passes on the deliveries that are looked into, and may tell somebody how far that is.
    """
    found = [*stored(records, wanted)]
    looked_into = [*unfinished(deliveries, watch(candidates(deliveries)), wanted)]
    others = [each for each in looked_into if each]
    start = None
    if not found and wanted.key:
        start = since or moment(deliveries.clock.time_ns()) - KEPT
        if gone := erased(watch(deliveries.latest(start, wanted.key.kind)), wanted.key):
            # Whatever came in meanwhile was stored before its delivery said so.
            found = [*stored(records, wanted)] or [gone]
    findings = sorted([*found, *others], key=attrgetter("at"), reverse=True)
    return Explanation(findings, len(looked_into) - len(others), start)


def stored(records: Records, wanted: Wanted) -> Iterator[Finding]:
    """Say what the records table knows."""
    if wanted.key:
        found = [each for each in (records.get(wanted.key),) if each]
    else:
        found = [*records.find(wanted.by or "codigo", wanted.value)]
    for state in found:
        yield _found(Case.STORED, state)
        if state.repeated and state.last_receipt:
            yield Finding(
                Case.REPEATED,
                state.key,
                state.last_receipt.partition("#")[0],
                datetime.fromtimestamp(received_seconds(state.last_receipt), state.received_at.tzinfo),
                state.version,
            )
        late = (each for each in records.history(state.key) if each.version is None)
        yield from (_found(Case.LATE, each) for each in late)


def candidates(deliveries: Deliveries) -> Sequence[DeliverySummary]:
    """Give the deliveries in which a record may be that is not stored."""
    return [each for state in UNFINISHED for each in deliveries.find(Selection(state=state))]


def unfinished(
    deliveries: Deliveries, found: Iterable[DeliverySummary], wanted: Wanted
) -> Iterator[Finding | None]:
    """Look for a record in deliveries that are not done; bodies are read. None: one that can't be read."""
    for summary in found:
        try:
            delivery = deliveries.delivery(summary)
            elements = _elements(delivery) if delivery else []
        except (UnreadableBodyError, UnreadableError):
            yield None
            continue
        if delivery is None:
            continue
        outcomes: Mapping[int, Mapping[str, Any]] = summary.outcomes or _outcomes(delivery)
        for position, data in elements:
            outcome = outcomes.get(position, {})
            is_stored = summary.outcomes and outcome.get("verdict") != Verdict.REJECTED
            if is_stored or not wanted.is_meant(outcome.get("kind"), data):
                continue
            kind, identifier = outcome.get("kind"), usable_id(data.get("id"))
            reasons = [remark(each) for each in outcome.get("problems", ())]
            yield Finding(
                _CASES[summary.state],
                Key(kind, identifier) if kind and identifier else None,
                summary.id,
                summary.received_at,
                position=position,
                reasons=reasons or [each for each in (summary.problem,) if each],
                due_at=summary.due_at,
                dismissal=summary.dismissal,
            )


def erased(found: Iterable[DeliverySummary], key: Key) -> Finding | None:
    """Give the first delivery that says that a record was stored; asked of a record that is not there.

    Of a delivery of many thousands of records the inbox may not have the ids.
    """
    for summary in found:
        for position, outcome in summary.outcomes.items():
            is_it = outcome.get("kind") == key.kind and outcome.get("id") == key.id
            if is_it and outcome["verdict"] in _STORED:
                version = outcome.get("version")
                return Finding(Case.ERASED, key, summary.id, summary.received_at, version, position)
    return None


def _found(case: Case, state: RecordState) -> Finding:
    return Finding(case, state.key, state.delivery_id, state.received_at, state.version)


def _elements(delivery: Delivery) -> Sequence[tuple[int, Mapping[str, object]]]:
    """Split a body into its objects and their positions, from 1. Raises UnreadableError."""
    body = split(
        delivery.body,
        delivery.content_type,
        delivery.content_encoding,
        free_keys=delivery.path_kind == FLUXO,
    )
    return [(each.position + 1, each.value) for each in body.elements if isinstance(each.value, dict)]


def _outcomes(delivery: Delivery) -> Mapping[int, Mapping[str, Any]]:
    """Give what the receiver thinks of the records of a delivery that has no outcomes yet."""
    return {
        each.position + 1: {
            "kind": each.kind,
            "problems": [{"field": issue.field, "reason": issue.reason} for issue in each.problems],
        }
        for each in parse(delivery).outcomes
    }
