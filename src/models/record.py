"""One record of a delivery, and the states that the table holds of it."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

MAX_LINKS = 1_000
"""Contatos to which one record is linked; the hundreds of thousands that a body could name are a mistake."""


class Key(NamedTuple):
    """A record's identity."""

    kind: str
    id: str

    def __str__(self) -> str:
        """Write it as the table's partition key."""
        return f"{self.kind}#{self.id}"


class Reference(NamedTuple):
    """That a record concerns a contato: its id, in which role, and whether as the principal one."""

    id: str
    role: str | None
    principal: bool


def once_each(references: Iterable[Reference]) -> tuple[Reference, ...]:
    """Give each contato once; of several mentions the first counts, but a principal one before others."""
    found: dict[str, Reference] = {}
    for reference in references:
        known = found.get(reference.id)
        if known is None or (reference.principal and not known.principal):
            found[reference.id] = reference
    return tuple(found.values())


class Fluxo(NamedTuple):
    """What only the post of an automation flow has.

    Attributes
    ----------
    query
        The query of the URL that it was posted to.
    group
        `fluxo/` and the body's own id or, where it has none, `fingerprint`.
    fingerprint
        SHA-256 of query and content, hexadecimal: the same for a flow that fires twice.
    """

    query: str
    group: str
    fingerprint: str


class Record(NamedTuple):
    """A record that was parsed.

    Attributes
    ----------
    position
        In the delivery, from 0.
    receipt
        Orders all receipts: a record received later has the greater text.
    text
        The record as sent, cut out of the body.
    data
        The same, parsed: numbers are int or Decimal.
    content_hash
        SHA-256 of the canonical JSON, hexadecimal.
    references
        The contatos that it concerns.
    codigo, cpf, email
        What the table indexes of a contato; None elsewhere.
    repeats_a_name
        An object in it has the same name twice, so only `text` holds all of it.
    fluxo
        What only a fluxo has.
    """

    key: Key
    position: int
    receipt: str
    text: str
    data: Mapping[str, object]
    content_hash: str
    references: tuple[Reference, ...] = ()
    codigo: str | None = None
    cpf: str | None = None
    email: str | None = None
    repeats_a_name: bool = False
    fluxo: Fluxo | None = None

    @property
    def linked(self) -> tuple[Reference, ...]:
        """The contatos to which it is linked: all that it names or, of too many, the principal ones first."""
        if len(self.references) <= MAX_LINKS:
            return self.references
        return tuple(sorted(self.references, key=lambda reference: not reference.principal)[:MAX_LINKS])

    @property
    def size(self) -> int:
        """The bytes of its text in UTF-8."""
        return len(self.text) if self.text.isascii() else len(self.text.encode())

    @property
    def group(self) -> str:
        """Whose story it belongs to: the principal contato's, else its own."""
        if self.fluxo:
            return self.fluxo.group
        for reference in self.references:
            if reference.principal:
                return f"contato/{reference.id}"
        return f"{self.key.kind}/{self.key.id}"


class Version(NamedTuple):
    """What the table remembers of one version beside its content."""

    number: int
    receipt: str
    content_hash: str
    changed: tuple[str, ...] = ()


class History(NamedTuple):
    """What the table remembers of a record that was overtaken.

    Attributes
    ----------
    versions
        Newest first, down to the first one received before it.
    late
        Receipts of the late states that its own delivery stored already.
    """

    versions: tuple[Version, ...]
    late: frozenset[str] = frozenset()

    def made_by(self, receipt: str) -> Version | None:
        """Give the version that this receipt made."""
        before = self._first_before(receipt)
        made = self.versions[before - 1] if before else None
        return made if made and made.receipt == receipt else None

    def in_force_at(self, receipt: str) -> Version | None:
        """Give the version that was the newest when this was received."""
        before = self._first_before(receipt)
        return self.versions[before] if before < len(self.versions) else None

    def _first_before(self, receipt: str) -> int:
        return bisect_left(self.versions, True, key=lambda version: version.receipt < receipt)  # noqa: FBT003 - the first that is


class Current(NamedTuple):
    """The newest state of a record, as read from the table.

    Attributes
    ----------
    last_receipt
        The greatest receipt that stated this content: the version's own, or a repeat's.
    fields
        Gives the content, parsed (called only when something changed).
    contatos
        Ids of the contatos under which its links stand.
    links_pending
        Not all of its links are written yet: the transaction that made it had no room for them.
    """

    version: Version
    last_receipt: str
    first_received_at: str
    fields: Callable[[], Mapping[str, object]]
    contatos: tuple[str, ...] = ()
    links_pending: bool = False
