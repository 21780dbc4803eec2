"""The records table: current states, versions, late states and links."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from aws.client import call_all
from aws.dynamodb import batch_get, batches, query
from aws.item_codec import decode
from aws.writer import STORE, RecordsWriter
from aws.writes import CURRENT, content_sort_key
from models.change import Plan, WriteResult
from models.deadline import Deadline
from models.delivery import Delivery
from models.failures import StoreUnavailable
from models.message import late_sort_key, version_sort_key
from models.record import Current, History, Key, Record, Version

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesUnionTypeDef

    from aws.item_codec import Attributes

_READ_KEYS = 100
_VERSION = "version, receipt, content_hash, changed"

Job = TypeVar("Job")
Answer = TypeVar("Answer")


class RecordsTable:
    """Reads and writes what is known of every record; see ingest.ports.Records."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, pool: Executor) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._pool = pool
        self._writer = RecordsWriter(dynamodb, table, pool)

    def read(self, keys: Sequence[Key], deadline: Deadline) -> Mapping[Key, Current]:
        read = partial(self._read, deadline=deadline)
        states: dict[Key, Current] = {}
        for answer in self._each(read, list(batches(keys, _READ_KEYS)), deadline):
            states.update(answer)
        return states

    def history(
        self,
        overtaken: Mapping[Key, Sequence[Record]],
        current: Mapping[Key, Current],
        delivery: Delivery,
        deadline: Deadline,
    ) -> Mapping[Key, History]:
        late = self._late(overtaken, delivery, deadline)
        versions = self._newest_two(overtaken, current, deadline)
        # Most were overtaken once, and for them that is enough. The others take a Query each.
        oldest = {key: records[0].receipt for key, records in overtaken.items()}
        jobs = [
            key for key, found in versions.items() if found[-1].number > 1 and found[-1].receipt > oldest[key]
        ]
        read = partial(self._versions_since, receipts=oldest, deadline=deadline)
        versions.update(zip(jobs, self._each(read, jobs, deadline), strict=True))
        return {
            key: History(versions[key], late.intersection(record.receipt for record in records))
            for key, records in overtaken.items()
        }

    def store(self, plans: Sequence[Plan], delivery: Delivery, deadline: Deadline) -> Sequence[WriteResult]:
        return self._writer.store(plans, delivery, deadline)

    def _read(self, keys: Sequence[Key], deadline: Deadline) -> dict[Key, Current]:
        found = self._get([(str(key), CURRENT) for key in keys], deadline)
        states = {}
        for item in found:
            if "data_parts" in item:
                item["data_gzip"] = {"B": self._whole_content(item, deadline)}
            states[Key(item["kind"]["S"], item["id"]["S"])] = _current(item)
        return states

    def _whole_content(self, item: Mapping[str, Any], deadline: Deadline) -> bytes:
        numbers = range(1, int(item["data_parts"]["N"]) + 1)
        wanted = [
            (item["pk"]["S"], content_sort_key(item["content_hash"]["S"], number)) for number in numbers
        ]
        parts = {part["sk"]["S"]: part["data_gzip"]["B"] for part in self._get(wanted, deadline)}
        return b"".join(parts[sort_key] for _, sort_key in wanted)

    def _each(
        self, call: Callable[[Job], Answer], jobs: Sequence[Job], deadline: Deadline
    ) -> Iterator[Answer]:
        """Make all calls at the same time; raises StoreUnavailable where one fails."""
        for answer in call_all(self._pool, STORE, call, jobs, deadline):
            if isinstance(answer, StoreUnavailable):
                raise answer
            yield answer

    def _get(
        self, keys: Sequence[tuple[str, str]], deadline: Deadline, attributes: str = ""
    ) -> list[dict[str, Any]]:
        wanted: list[Attributes] = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys]
        asked: KeysAndAttributesUnionTypeDef = {"Keys": wanted, "ConsistentRead": True}
        if attributes:
            asked = {"Keys": wanted, "ConsistentRead": True, "ProjectionExpression": attributes}
        return batch_get(self._dynamodb, STORE, self._table, asked, deadline)

    def _get_all(
        self, keys: Sequence[tuple[str, str]], attributes: str, deadline: Deadline
    ) -> Iterator[dict[str, Any]]:
        get = partial(self._get, deadline=deadline, attributes=attributes)
        return chain.from_iterable(self._each(get, list(batches(keys, _READ_KEYS)), deadline))

    def _late(
        self, overtaken: Mapping[Key, Sequence[Record]], delivery: Delivery, deadline: Deadline
    ) -> frozenset[str]:
        """Give the receipts of the delivery's own late states that are stored."""
        keys = [
            (str(key), late_sort_key(delivery, record.receipt))
            for key, records in overtaken.items()
            for record in records
        ]
        return frozenset(item["receipt"]["S"] for item in self._get_all(keys, "receipt", deadline))

    def _newest_two(
        self, overtaken: Iterable[Key], current: Mapping[Key, Current], deadline: Deadline
    ) -> dict[Key, tuple[Version, ...]]:
        """Give each key's newest version and, where there is one, the version before it."""
        newest = {key: current[key].version for key in overtaken}
        keys = [
            (str(key), version_sort_key(each.number - 1)) for key, each in newest.items() if each.number > 1
        ]
        before = {
            item["pk"]["S"]: _version(item) for item in self._get_all(keys, f"pk, {_VERSION}", deadline)
        }
        return {
            key: (each, before[str(key)]) if str(key) in before else (each,) for key, each in newest.items()
        }

    def _versions_since(
        self, key: Key, receipts: Mapping[Key, str], deadline: Deadline
    ) -> tuple[Version, ...]:
        """Give all versions, newest first, down to the first that was received before."""
        versions: list[Version] = []
        for item in query(
            self._dynamodb,
            STORE,
            deadline,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ProjectionExpression=_VERSION,
            ExpressionAttributeValues={":pk": {"S": str(key)}, ":prefix": {"S": "version#"}},
            ScanIndexForward=False,
            ConsistentRead=True,
        ):
            versions.append(_version(item))
            if versions[-1].receipt < receipts[key]:
                break
        return tuple(versions)


def _current(item: Mapping[str, Any]) -> Current:
    return Current(
        version=_version(item),
        last_receipt=item["last_receipt"]["S"],
        first_received_at=item["first_received_at"]["S"],
        fields=partial(decode, item),
        contatos=tuple(contato["S"] for contato in item["contatos"]["L"]),
        links_pending="links_pending" in item,
    )


def _version(item: Mapping[str, Any]) -> Version:
    return Version(
        number=int(item["version"]["N"]),
        receipt=item["receipt"]["S"],
        content_hash=item["content_hash"]["S"],
        changed=tuple(name["S"] for name in item["changed"]["L"]),
    )
