"""The records table: current states, versions, late states and links."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Any

from aws.client import call_all, store_errors
from aws.dynamodb import batch_get, batch_write, batches
from aws.item_codec import decode
from aws.writes import CURRENT, WriteSet, content_sort_key, write_set
from models.change import Plan, WriteResult
from models.deadline import Deadline
from models.delivery import Delivery
from models.failures import OutOfTime, StoreUnavailable
from models.message import late_sort_key
from models.record import Current, History, Key, Version

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from aws.item_codec import Attributes

STORE = "records table"

# Limits of DynamoDB's API ("Service, account, and table quotas", Developer Guide).
_READ_KEYS = 100
_TRANSACTION_ITEMS = 100
_TRANSACTION_BYTES = 3_500_000  # of 4 MB; sizes are estimates

# Codes of CancellationReasons (TransactWriteItems, API reference).
_LOST = {"ConditionalCheckFailed", "TransactionConflict"}
_THROTTLED = {"ThrottlingError", "ProvisionedThroughputExceeded"}
_INNOCENT = "None"
_STORED = "Stored"


class RecordsTable:
    """Reads and writes what is known of every record; see ingest.ports.Records."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, pool: Executor) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._pool = pool

    def read(self, keys: Sequence[Key], deadline: Deadline) -> Mapping[Key, Current]:
        jobs = list(batches(keys, _READ_KEYS))
        states: dict[Key, Current] = {}
        for answer in call_all(self._pool, STORE, partial(self._read, deadline=deadline), jobs, deadline):
            if isinstance(answer, StoreUnavailable):
                raise answer
            states.update(answer)
        return states

    def history(
        self, since: Mapping[Key, str], delivery: Delivery, deadline: Deadline
    ) -> Mapping[Key, History]:
        jobs = list(since.items())
        read = partial(self._history, delivery=delivery, deadline=deadline)
        answers = call_all(self._pool, STORE, read, jobs, deadline)
        histories: dict[Key, History] = {}
        for (key, _), answer in zip(jobs, answers, strict=True):
            if isinstance(answer, StoreUnavailable):
                raise answer
            histories[key] = answer
        return histories

    def store(self, plans: Sequence[Plan], delivery: Delivery, deadline: Deadline) -> Sequence[WriteResult]:
        jobs = list(_transactions([write_set(plan, delivery, self._table) for plan in plans]))
        answers = call_all(self._pool, STORE, partial(self._write, deadline=deadline), jobs, deadline)
        written: dict[Key, WriteResult] = {}
        for job, answer in zip(jobs, answers, strict=True):
            if isinstance(answer, StoreUnavailable):
                written.update((each.key, answer) for each in job)
            else:
                written.update(answer)
        return [written[plan.key] for plan in plans]

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

    def _get(self, keys: Sequence[tuple[str, str]], deadline: Deadline) -> list[dict[str, Any]]:
        wanted: list[Attributes] = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys]
        return batch_get(self._dynamodb, STORE, self._table, wanted, deadline)

    def _history(self, job: tuple[Key, str], delivery: Delivery, deadline: Deadline) -> History:
        key, since = job
        versions: list[Version] = []
        for item in self._query(key, "version#", "version, receipt, content_hash, changed", deadline):
            versions.append(_version(item))
            if versions[-1].receipt < since:
                break
        own = late_sort_key(delivery, f"{delivery.id}#")
        late = frozenset(item["receipt"]["S"] for item in self._query(key, own, "receipt", deadline))
        return History(tuple(versions), late)

    def _query(self, key: Key, prefix: str, attributes: str, deadline: Deadline) -> Iterator[dict[str, Any]]:
        """Read a record's items whose sort keys begin so, from the last on, as they are taken."""
        start: dict[str, Any] = {}
        while deadline.remaining() > 0:
            with store_errors(STORE):
                page = self._dynamodb.query(
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                    ProjectionExpression=attributes,
                    ExpressionAttributeValues={":pk": {"S": str(key)}, ":prefix": {"S": prefix}},
                    ScanIndexForward=False,
                    ConsistentRead=True,
                    Limit=50,
                    **start,
                )
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        raise OutOfTime(STORE)

    def _write(self, plans: list[WriteSet], deadline: Deadline) -> dict[Key, WriteResult]:
        """Write plans: what may stand before, the transaction, and the links it had no room for."""
        before = [request for plan in plans for request in plan.before]
        batch_write(self._dynamodb, STORE, self._table, before, deadline)
        written: dict[Key, WriteResult] = {plan.key: "stored" for plan in plans if not plan.items}
        written.update(self._transact([plan for plan in plans if plan.items], deadline))
        for plan in plans:
            if plan.after and written[plan.key] == "stored":
                try:
                    self._link_rest(plan, deadline)
                except StoreUnavailable as failure:
                    written[plan.key] = failure
        return written

    def _link_rest(self, plan: WriteSet, deadline: Deadline) -> None:
        """Write the rest of a state's links, unless a newer state is current: that one sees to its own."""
        check: TransactWriteItemTypeDef = {
            "ConditionCheck": {
                "TableName": self._table,
                "Key": {"pk": {"S": str(plan.key)}, "sk": {"S": CURRENT}},
                "ConditionExpression": "receipt = :receipt",
                "ExpressionAttributeValues": {":receipt": {"S": plan.receipt}},
            }
        }
        for links in batches(plan.after, _TRANSACTION_ITEMS - 1):
            attempt = 0
            while (code := self._try([WriteSet(plan.key, items=[check, *links])])[0]) != _STORED:
                if code == "ConditionalCheckFailed":
                    return
                attempt += 1
                if not deadline.backoff(attempt):
                    raise OutOfTime(STORE)

    def _transact(self, plans: list[WriteSet], deadline: Deadline) -> dict[Key, WriteResult]:
        """Write plans in one transaction, and again without those that cancel it, until none is left."""
        written: dict[Key, WriteResult] = {}
        attempt = 0
        while plans:
            if deadline.remaining() <= 0 or (attempt and not deadline.backoff(attempt)):
                raise OutOfTime(STORE)
            try:
                codes = self._try(plans)
            except StoreUnavailable as failure:
                if len(plans) == 1 or failure.code != "ValidationException":
                    return {**written, **{plan.key: failure for plan in plans}}
                # One of them is not acceptable, and the service does not say which: each for itself.
                for plan in plans:
                    written.update(self._transact([plan], deadline))
                return written
            again = []
            for plan, code in zip(plans, codes, strict=True):
                if code in (_INNOCENT, *_THROTTLED):
                    again.append(plan)
                else:
                    written[plan.key] = _written(code)
            plans = again
            attempt = attempt + 1 if _THROTTLED.intersection(codes) else 0
        return written

    def _try(self, plans: Sequence[WriteSet]) -> list[str]:
        """Give for each plan "Stored", or the code that cancels the transaction. Raises StoreUnavailable."""
        items = [item for plan in plans for item in plan.items]
        with store_errors(STORE):
            try:
                self._dynamodb.transact_write_items(TransactItems=items)
            except self._dynamodb.exceptions.TransactionCanceledException as cancelled:
                reasons = iter(cancelled.response["CancellationReasons"])
                codes = [_code([next(reasons)["Code"] for _ in plan.items]) for plan in plans]
                if set(codes) == {_INNOCENT}:
                    raise
                return codes
        return [_STORED] * len(plans)


def _code(codes: Iterable[str]) -> str:
    """Give the one code that decides what to do with a plan; a lost race before all others."""
    guilty = [code for code in codes if code != _INNOCENT]
    return next((code for code in guilty if code in _LOST), guilty[0] if guilty else _INNOCENT)


def _written(code: str) -> WriteResult:
    if code == _STORED:
        return "stored"
    return "lost" if code in _LOST else StoreUnavailable(STORE, code)


def _transactions(prepared: Sequence[WriteSet]) -> Iterator[list[WriteSet]]:
    """Pack as many plans into each transaction as its limits allow."""
    packed: list[WriteSet] = []
    items = size = 0
    for plan in prepared:
        items += len(plan.items)
        size += plan.size
        if packed and (items > _TRANSACTION_ITEMS or size > _TRANSACTION_BYTES):
            yield packed
            packed, items, size = [], len(plan.items), plan.size
        packed.append(plan)
    if packed:
        yield packed


def _current(item: Mapping[str, Any]) -> Current:
    return Current(
        version=_version(item),
        last_receipt=item["last_receipt"]["S"],
        first_received_at=item["first_received_at"]["S"],
        fields=partial(decode, item),
        contatos=tuple(contato["S"] for contato in item["contatos"]["L"]),
    )


def _version(item: Mapping[str, Any]) -> Version:
    return Version(
        number=int(item["version"]["N"]),
        receipt=item["receipt"]["S"],
        content_hash=item["content_hash"]["S"],
        changed=tuple(name["S"] for name in item["changed"]["L"]),
    )
