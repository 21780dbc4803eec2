"""Plans into the records table: transactions, and the links that follow them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from aws.client import call_all
from aws.dynamodb import MAX_TRANSACTION_ITEMS, batch_write, transact
from aws.writes import transactions, write_set
from models.change import Plan, WriteResult
from models.deadline import Deadline
from models.delivery import Delivery
from models.failures import OutOfTime, StoreUnavailable
from models.record import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

STORE = "records table"

# Codes of CancellationReasons (TransactWriteItems, API reference).
_LOST = {"ConditionalCheckFailed", "TransactionConflict"}
_THROTTLED = {"ThrottlingError", "ProvisionedThroughputExceeded"}
_INNOCENT = "None"
_STORED = "Stored"

_REFUSED = "ValidationException"
"""The service can't take what it was asked to write."""


class _Piece(NamedTuple):
    """What stands or falls together in a transaction."""

    key: Key
    items: "list[TransactWriteItemTypeDef]"


class _Written(NamedTuple):
    """What became of a plan, and the transactions that are to follow it."""

    result: WriteResult
    after: "list[list[TransactWriteItemTypeDef]]"


class RecordsWriter:
    """Writes each plan whole or not at all; see ingest.ports.Records.store."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, pool: Executor) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._pool = pool

    def store(self, plans: Sequence[Plan], delivery: Delivery, deadline: Deadline) -> Sequence[WriteResult]:
        jobs = list(transactions(plans))
        write = partial(self._write, delivery=delivery, deadline=deadline)
        written: dict[Key, WriteResult] = {}
        after: dict[Key, list[list[TransactWriteItemTypeDef]]] = {}
        for job, answer in zip(jobs, call_all(self._pool, STORE, write, jobs, deadline), strict=True):
            for plan in job:
                each = answer if isinstance(answer, StoreUnavailable) else answer[plan.key].result
                written[plan.key] = each
                if each == "stored" and not isinstance(answer, StoreUnavailable):
                    after[plan.key] = answer[plan.key].after
        written.update(self._write_after(after, deadline))
        return [written[plan.key] for plan in plans]

    def _write(self, plans: list[Plan], delivery: Delivery, deadline: Deadline) -> dict[Key, _Written]:
        """Write plans in one transaction, what may stand before it first.

        What the service refuses as not valid, for a reason that we don't know, is written once more as bytes.
        """
        written = self._write_sets(plans, delivery, deadline, packed=False)
        for plan in plans:
            result = written[plan.key].result
            if isinstance(result, StoreUnavailable) and result.code == _REFUSED:
                written.update(self._write_sets([plan], delivery, deadline, packed=True))
        return written

    def _write_sets(
        self, plans: list[Plan], delivery: Delivery, deadline: Deadline, *, packed: bool
    ) -> dict[Key, _Written]:
        sets = [write_set(plan, delivery, self._table, packed=packed) for plan in plans]
        before = [request for each in sets for request in each.before]
        batch_write(self._dynamodb, STORE, self._table, before, deadline)
        written: dict[Key, WriteResult] = {each.key: "stored" for each in sets}
        written.update(
            self._transact([_Piece(each.key, each.items) for each in sets if each.items], deadline)
        )
        return {each.key: _Written(written[each.key], each.after) for each in sets}

    def _write_after(
        self, after: "Mapping[Key, Sequence[list[TransactWriteItemTypeDef]]]", deadline: Deadline
    ) -> dict[Key, WriteResult]:
        """Write the rest of the links: those of many records together, those of one in their turn.

        Returns
        -------
        dict
            The records of which not all are written, because the store failed.
        """
        failed: dict[Key, WriteResult] = {}
        overtaken: set[Key] = set()
        write = partial(self._transact, deadline=deadline)
        for turn in zip_longest(*after.values()):
            pieces = [
                _Piece(key, items)
                for key, items in zip(after, turn, strict=True)
                if items and key not in failed and key not in overtaken
            ]
            jobs = list(_together(pieces))
            for job, answer in zip(jobs, call_all(self._pool, STORE, write, jobs, deadline), strict=True):
                for piece in job:
                    each = answer if isinstance(answer, StoreUnavailable) else answer[piece.key]
                    if isinstance(each, StoreUnavailable):
                        failed[piece.key] = each
                    elif each == "lost":
                        overtaken.add(piece.key)
        return failed

    def _transact(self, pieces: list[_Piece], deadline: Deadline) -> dict[Key, WriteResult]:
        """Write pieces in one transaction, and again without those that cancel it, until none is left."""
        written: dict[Key, WriteResult] = {}
        attempt = 0
        while pieces:
            if attempt and not deadline.backoff(attempt):
                raise OutOfTime(STORE)
            try:
                codes = self._try(pieces, deadline)
            except StoreUnavailable as failure:
                if len(pieces) == 1 or failure.code != _REFUSED:
                    return {**written, **{piece.key: failure for piece in pieces}}
                # One of them is not acceptable, and the service does not say which: each for itself.
                for piece in pieces:
                    written.update(self._transact([piece], deadline))
                return written
            again = []
            for piece, code in zip(pieces, codes, strict=True):
                if code in (_INNOCENT, *_THROTTLED):
                    again.append(piece)
                else:
                    written[piece.key] = _written(code)
            pieces = again
            attempt = attempt + 1 if _THROTTLED.intersection(codes) else 0
        return written

    def _try(self, pieces: Sequence[_Piece], deadline: Deadline) -> list[str]:
        """Give for each piece "Stored", or the code that cancels the transaction. Raises StoreUnavailable."""
        items = [item for piece in pieces for item in piece.items]
        reasons = transact(self._dynamodb, STORE, items, deadline)
        if not reasons:
            return [_STORED] * len(pieces)
        codes = iter(reasons)
        return [_code([next(codes) for _ in piece.items]) for piece in pieces]


def _code(codes: Iterable[str]) -> str:
    """Give the one code that decides what to do with a plan; a lost race before all others."""
    guilty = [code for code in codes if code != _INNOCENT]
    return next((code for code in guilty if code in _LOST), guilty[0] if guilty else _INNOCENT)


def _written(code: str) -> WriteResult:
    if code == _STORED:
        return "stored"
    return "lost" if code in _LOST else StoreUnavailable(STORE, code)


def _together(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Pack pieces of few, small items into as few transactions as their number allows."""
    packed: list[_Piece] = []
    items = 0
    for piece in pieces:
        items += len(piece.items)
        if packed and items > MAX_TRANSACTION_ITEMS:
            yield packed
            packed, items = [], len(piece.items)
        packed.append(piece)
    if packed:
        yield packed
