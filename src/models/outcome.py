"""What became of a delivery and of each record in it."""

from enum import StrEnum
from typing import NamedTuple

from models.delivery import Delivery
from models.failures import StoreUnavailable
from models.validation import Issue


class Verdict(StrEnum):
    """What became of one record."""

    NEW = "new"
    UPDATED = "updated"
    REPEATED = "repeated"
    LATE = "late"
    REJECTED = "rejected"
    PENDING = "pending"


class Outcome(NamedTuple):
    """One record's verdict.

    Attributes
    ----------
    position
        In the delivery, from 0.
    kind, id
        As far as they could be told.
    kind_reason
        Why it is that kind, or why none, in Portuguese.
    published
        Its message is sent, or it has none.
    overtaken_by
        Of a late record, the receipt of the state that was current by then.
    is_test
        It is no record, but what somebody sends to see whether the connection works.
    """

    position: int
    verdict: Verdict
    kind: str | None = None
    id: str | None = None
    kind_reason: str = ""
    version: int | None = None
    published: bool = True
    problems: tuple[Issue, ...] = ()
    warnings: tuple[Issue, ...] = ()
    unknown_fields: tuple[str, ...] = ()
    overtaken_by: str | None = None
    is_test: bool = False

    @property
    def is_of_no_kind(self) -> bool:
        """Whether it was rejected because its kind can't be told."""
        return self.verdict is Verdict.REJECTED and self.kind is None and bool(self.kind_reason)


class Fault(StrEnum):
    """Why a body could not be taken at all."""

    NOT_JSON = "not_json"
    NOT_UTF8 = "not_utf8"
    TOO_DEEP = "too_deep"
    SCALAR = "scalar"
    TOO_LARGE = "too_large"
    UNKNOWN_KIND = "unknown_kind"
    COMPRESSED = "compressed"
    MULTIPART = "multipart"


class BodyProblem(NamedTuple):
    """What is wrong with the body as a whole, in Portuguese, and where (from 1; 0: nowhere).

    Attributes
    ----------
    advice
        What to do about it, in lines of at most 68 characters, where that is more than the fault says.
    """

    fault: Fault
    reason: str
    line: int = 0
    column: int = 0
    advice: tuple[str, ...] = ()


_STATUSES = {Fault.TOO_LARGE: 413, Fault.UNKNOWN_KIND: 404}


class SavedIn(StrEnum):
    """Where the delivery is safe."""

    INBOX = "inbox"
    RECOVERY_QUEUE = "recovery_queue"
    NOWHERE = "nowhere"


class State(StrEnum):
    """What the inbox says of a delivery.

    A failed one is given up by recovery, and waits for a person. A dismissed one was put aside by a person.
    """

    OPEN = "open"
    DONE = "done"
    QUARANTINED = "quarantined"
    FAILED = "failed"
    DISMISSED = "dismissed"


class Result(NamedTuple):
    """What became of a delivery.

    Attributes
    ----------
    failures
        The stores that failed on the way.
    closed
        The inbox knows; else it still has the delivery open, whatever `state` says.
    milliseconds
        What the front door took until now; None in recovery, which answers nobody.
    """

    delivery: Delivery
    saved_in: SavedIn
    outcomes: tuple[Outcome, ...] = ()
    problem: BodyProblem | None = None
    failures: tuple[StoreUnavailable, ...] = ()
    closed: bool = False
    milliseconds: int | None = None

    @property
    def status(self) -> int:
        """The HTTP status that tells the sender so."""
        rejected = self.count(Verdict.REJECTED)
        if self.saved_in is SavedIn.NOWHERE:
            return 503
        if self.problem:
            return _STATUSES.get(self.problem.fault, 400)
        if rejected and rejected == len(self.outcomes):
            return 422
        if self.state is State.OPEN:
            return 202
        return 207 if rejected else 200

    @property
    def unfinished(self) -> tuple[int, ...]:
        """Positions of the records that may still have to be stored or published.

        Rejected ones are among them: a release to come may accept them.
        """
        return tuple(
            each.position
            for each in self.outcomes
            if each.verdict in (Verdict.PENDING, Verdict.REJECTED) or not each.published
        )

    @property
    def state(self) -> State:
        """Say how the inbox has to know it."""
        if self.problem:
            return State.QUARANTINED
        if any(each.verdict is Verdict.PENDING or not each.published for each in self.outcomes):
            return State.OPEN
        if any(each.verdict is Verdict.REJECTED and not each.is_test for each in self.outcomes):
            return State.QUARANTINED
        return State.DONE

    def count(self, verdict: Verdict) -> int:
        """Count the records with this verdict."""
        return sum(each.verdict is verdict for each in self.outcomes)

    @property
    def unknown_fields(self) -> tuple[str, ...]:
        """The paths of all keys that no model knows, each once, with the record's kind in front."""
        return tuple(
            sorted({f"{each.kind}.{path}" for each in self.outcomes for path in each.unknown_fields})
        )
