"""What a delivery's records do to one key of the table."""

from typing import Literal, NamedTuple, TypeAlias

from models.failures import StoreUnavailable
from models.outcome import Verdict
from models.record import Current, Key, Record
from models.validation import Issue


class Change(NamedTuple):
    """One record, decided.

    Attributes
    ----------
    version
        The one it makes, or (repeated) the one that already says it; None for a late one.
    changed
        The fields in which an update differs from the version before.
    stored
        This very delivery stored it already, before it died.
    warnings
        What is odd about it beside the state before.
    overtaken_by
        Of a late one, the receipt of the state that was current by then.
    """

    record: Record
    verdict: Verdict
    version: int | None = None
    changed: tuple[str, ...] = ()
    stored: bool = False
    warnings: tuple[Issue, ...] = ()
    overtaken_by: str | None = None

    @property
    def publishes(self) -> bool:
        """Whether it has a message."""
        return self.verdict is not Verdict.REPEATED

    @property
    def makes_version(self) -> bool:
        """Whether it is still to be written as the newest state."""
        return self.verdict in (Verdict.NEW, Verdict.UPDATED) and not self.stored

    @property
    def makes_late_state(self) -> bool:
        """Whether it is still to be written beside the versions."""
        return self.verdict is Verdict.LATE and not self.stored


class Plan(NamedTuple):
    """All that is to be written for one key, all or nothing.

    Attributes
    ----------
    read
        The state that was read; writing holds only if it is still that.
    changes
        In order of receipt.
    last_receipt
        The greatest receipt that states the content which is current afterwards.
    """

    key: Key
    read: Current | None
    changes: tuple[Change, ...]
    last_receipt: str

    @property
    def versions(self) -> tuple[Change, ...]:
        """The changes that make a version; the last of them is current afterwards."""
        return tuple(change for change in self.changes if change.makes_version)

    @property
    def late(self) -> tuple[Change, ...]:
        """The changes that are kept beside the versions."""
        return tuple(change for change in self.changes if change.makes_late_state)

    @property
    def confirms(self) -> bool:
        """Whether the current content stays and only its last receipt moves on."""
        return not self.versions and self.read is not None and self.last_receipt > self.read.last_receipt

    @property
    def relinks(self) -> Change | None:
        """The change that made the current state in an earlier run, where that left links to be written."""
        if self.versions or self.read is None or not self.read.links_pending:
            return None
        number = self.read.version.number
        return next((change for change in self.changes if change.stored and change.version == number), None)

    @property
    def has_writes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.versions or self.late or self.confirms or self.relinks)


WriteResult: TypeAlias = Literal["stored", "lost"] | StoreUnavailable
"""What became of writing a plan; "lost": another delivery wrote the key first."""
