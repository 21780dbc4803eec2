"""Decide what a delivery's records do to one key: new, updated, repeated or late. Pure."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from models.change import Change, Plan
from models.exact_json import changed_fields
from models.outcome import Verdict
from models.record import Current, History, Key, Record
from models.validation import Issue

_PLAN_VERSIONS = 40
_PLAN_CHARACTERS = 1_000_000
"""A plan is one transaction (100 items, 4 MB in DynamoDB); a longer run of records takes several."""


def compare(key: Key, current: Current | None, history: History, records: Sequence[Record]) -> Plan:
    """Plan as many of the records, from the first, as fit into one transaction.

    Parameters
    ----------
    current
        The state that was read, if the key is known.
    history
        Where the first of `records` was received before the current version: what came before that.
    records
        All of `key`, in order of receipt; at least one.
    """
    changes: list[Change] = []
    version = current.version.number if current else 0
    content_hash = current.version.content_hash if current else ""
    last_receipt = current.last_receipt if current else ""
    latest: Callable[[], Mapping[str, object]] = current.fields if current else dict
    characters = 0
    for record in records:
        characters += len(record.text)
        if changes and (len(changes) >= _PLAN_VERSIONS or characters > _PLAN_CHARACTERS):
            break
        if current and record.receipt <= current.last_receipt:
            changes.append(_overtaken(record, history, current.last_receipt))
        elif record.content_hash == content_hash:
            changes.append(Change(record, Verdict.REPEATED, version))
            last_receipt = record.receipt
        else:
            version += 1
            verdict = Verdict.NEW if version == 1 else Verdict.UPDATED
            before = {} if version == 1 else latest()
            changed = changed_fields(before, record.data) if version > 1 else ()
            warnings = _missing_fields(before, record.data)
            changes.append(Change(record, verdict, version, changed, warnings=warnings))
            content_hash, last_receipt = record.content_hash, record.receipt
            latest = partial(dict, record.data)
    return Plan(key, current, tuple(changes), last_receipt)


def _overtaken(record: Record, history: History, last_receipt: str) -> Change:
    """Decide on a record that was received before the current state was, or made it.

    That happens in a race, in recovery and in a replay. If it made a version or a late state, that stands,
    and its message is sent again: nobody knows whether it was. If it says what was the state when it was
    received, or is now, it is a repeat. Else it is late.
    """
    if record.receipt in history.late:
        return Change(record, Verdict.LATE, overtaken_by=last_receipt)
    for version in history.versions:
        if version.receipt == record.receipt:
            verdict = Verdict.NEW if version.number == 1 else Verdict.UPDATED
            return Change(record, verdict, version.number, version.changed, stored=True)
    in_force = next((version for version in history.versions if version.receipt < record.receipt), None)
    for state in (history.versions[0], in_force):
        if state and state.content_hash == record.content_hash:
            return Change(record, Verdict.REPEATED, state.number)
    return Change(record, Verdict.LATE, overtaken_by=last_receipt)


def _missing_fields(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Issue, ...]:
    """Warn if most fields of the state before did not come: the record may be another one, or cut off."""
    missing = len(before.keys() - after.keys())
    if 2 * missing <= len(before):
        return ()
    return (Issue("", f"faltam {missing} dos {len(before)} campos do estado anterior"),)
