"""The records table: what is known of a record, now and before, and who somebody is."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

from aws.writes import CURRENT, content_sort_key
from models.clock import Clock, moment, timestamp
from models.contato import Contato
from models.deadline import Deadline
from models.record import Key
from models.validation import validate
from rubeus.errors import CommandError
from rubeus.reading.days import days
from rubeus.reading.items import PATIENCE, Range, get, query
from rubeus.reading.record_state import (
    Arrival,
    Link,
    RecordState,
    read_arrival,
    read_key,
    read_link,
    read_state,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from aws.item_codec import Attributes

By = Literal["codigo", "cpf", "email"]

# Late states, links and versions, whose sort keys follow each other.
_STORY = ("late#", "version#~")
_VERSIONS = ("version#", "version#~")


class NoIdentityError(CommandError):
    """What somebody is looked for by is no codigo, CPF or e-mail; what it is is not told."""


@dataclass(frozen=True)
class Records:
    """Reads the records table. Raises what boto3 raises, and StoreUnavailable."""

    dynamodb: "DynamoDBClient"
    table: str
    clock: Clock = time
    patience: float = PATIENCE

    def get(self, key: Key, as_of: datetime | None = None) -> RecordState | None:
        """Read a record as it is now, or as it stood at a time, by what had been received until then.

        A late state was received before, but never stood.
        """
        if as_of is None:
            return next(self.current([key]), None)
        versions = self._query({"pk": str(key), "sk": _VERSIONS}, ScanIndexForward=False, ConsistentRead=True)
        then = timestamp(as_of)
        stood = (each for each in versions if each["received_at"]["S"] <= then)
        return next(self._states(stood), None)

    def current(self, keys: Iterable[Key]) -> Iterator[RecordState]:
        """Read records as they are now, a hundred a call, in no order; those that there are."""
        for items in self._get((str(key), CURRENT) for key in keys):
            yield from self._states(items)

    def history(self, key: Key) -> Sequence[RecordState]:
        """Read all versions and late states of a record, in the order in which they were received."""
        return self.story(key)[0]

    def story(self, key: Key) -> tuple[Sequence[RecordState], Sequence[Link]]:
        """Read all versions and late states, in the order in which they were received, and the links.

        Only a contato has links, to what concerns it now.
        """
        items = [*self._query({"pk": str(key), "sk": _STORY}, ConsistentRead=True)]
        links = [read_link(item) for item in items if item["sk"]["S"].startswith("link#")]
        states = self._states(item for item in items if not item["sk"]["S"].startswith("link#"))
        return sorted(states, key=attrgetter("receipt")), links

    def find(self, by: By, text: str) -> Sequence[RecordState]:
        """Give all contatos that have this codigo, CPF or principal e-mail now, in the order of their ids.

        Parameters
        ----------
        text
            In whatever form somebody types it: read as the receiver reads what Rubeus sends.

        Raises
        ------
        NoIdentityError
            When it is none.
        """
        found = self.current([*self.keys(by, text)])
        return sorted(found, key=lambda state: (len(state.key.id), state.key.id))

    def keys(self, by: By, text: str, first: int | None = None) -> Iterator[Key]:
        """Give these contatos alone, as the index says, which may be a moment behind.

        Parameters
        ----------
        first
            How many are wanted, where it is not all of them.

        Raises
        ------
        NoIdentityError
            When it is none.
        """
        value = searched(by, text)
        return map(read_key, self._query({by: value}, first=first, IndexName=f"by_{by}"))

    def receipts_of_day(self, kind: str, day: str) -> Iterator[tuple[Key, datetime]]:
        """Give the records whose present state came in on a day (YYYY-MM-DD, Brasília), and when.

        Oldest first, as the index says, which may be a moment behind.
        """
        return ((each.key, each.received_at) for each in self.arrivals(kind, day))

    def keys_of_day(self, kind: str, day: str) -> Iterator[Key]:
        """Give these records alone."""
        return (key for key, _ in self.receipts_of_day(kind, day))

    def of_day(self, kind: str, day: str) -> Iterator[RecordState]:
        """Give the states of these records, as they are now; a hundred that follow each other in no order."""
        return self.current(self.keys_of_day(kind, day))

    def arrivals(self, kind: str, day: str) -> Iterator[Arrival]:
        """Give when these records came, without what they say; oldest first, by the index alone."""
        return map(read_arrival, self._query({"day": f"{kind}#{day}"}, IndexName="by_day"))

    def changed_since(self, kind: str, since: datetime) -> Iterator[RecordState]:
        """Give all records whose present state came in since then, by day, oldest first, today last."""
        for each in self.days_since(since):
            yield from (state for state in self.of_day(kind, each) if state.received_at >= since)

    def begun(self) -> datetime | None:
        """Say when the table was created, before which nothing can have come; aware.

        None where that is not known: a table restored from a backup is younger than its records.
        """
        table = self.dynamodb.describe_table(TableName=self.table)["Table"]
        return None if "RestoreSummary" in table else table["CreationDateTime"]

    def days_since(self, since: datetime) -> Sequence[str]:
        """Give the days in Brasília from then to today on which something may have come, YYYY-MM-DD."""
        return days(since, moment(self.clock.time_ns()))

    def _query(self, key: Mapping[str, str | Range], **more: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 (boto3's)
        return query(self.dynamodb, self.table, key, **more)

    def _deadline(self) -> Deadline:
        return Deadline.after(self.patience, self.clock)

    def _states(self, items: Iterable[Mapping[str, Any]]) -> Iterator[RecordState]:
        return (read_state(self._whole(item)) for item in items)

    def _whole(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put the content of an item together, where it has its own items."""
        if "data_parts" not in item:
            return item
        names = [
            content_sort_key(item["content_hash"]["S"], number)
            for number in range(1, int(item["data_parts"]["N"]) + 1)
        ]
        parts = {
            part["sk"]["S"]: part["data_gzip"]["B"]
            for items in self._get((item["pk"]["S"], name) for name in names)
            for part in items
        }
        return {**item, "data_gzip": {"B": b"".join(parts[name] for name in names)}}

    def _get(self, keys: Iterable[tuple[str, str]]) -> Iterator[Sequence[Mapping[str, Any]]]:
        wanted: Iterator[Attributes] = ({"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys)
        return get(self.dynamodb, self.table, wanted, self._deadline)


def identities(contato: Contato) -> Mapping[By, str | None]:
    """Give what a contato is found by, in the form in which the indexes have it."""
    return {"codigo": contato.searched_codigo, "cpf": contato.cpf, "email": contato.email_principal}


def searched(by: By, text: str) -> str:
    """Give the form in which the index has a codigo, CPF or e-mail.

    Raises
    ------
    NoIdentityError
        When it is none.
    """
    text = text.strip()
    typed: Mapping[str, object] = {"emails": {"principal": text}} if by == "email" else {by: text}
    contato = validate(Contato, {"id": "1", **typed}).view
    if isinstance(contato, Contato) and (found := identities(contato)[by]):
        return found
    message = f"that is no {by}"
    raise NoIdentityError(message)
