"""Decide what a delivery's records do to one key: new, updated, repeated or late. Pure."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from models.change import Change, Plan
from models.exact_json import changed_fields
from models.outcome import Verdict
from models.record import MAX_LINKS, Current, History, Key, Record
from models.validation import Issue

_PLAN_WRITES = 40
_PLAN_BYTES = 1_000_000
"""A plan is one transaction (100 items, 4 MB in DynamoDB); a longer run of records takes several."""


# Where each kind names several contatos.
_NAMES_CONTATOS = {"registro_processo": "contatos", "evento": "contatosSecundarios"}


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
    writes = size = 0
    for record in records:
        is_overtaken = current is not None and record.receipt <= current.last_receipt
        if is_overtaken:
            change = _overtaken(record, history, last_receipt)
        elif record.content_hash == content_hash:
            change = Change(record, Verdict.REPEATED, version)
        else:
            change = _version(record, version + 1, latest() if version else {})
        if change.makes_version or change.makes_late_state:
            writes += 1
            size += record.size
            if changes and (writes > _PLAN_WRITES or size > _PLAN_BYTES):
                break
        changes.append(change)
        if not is_overtaken:
            last_receipt = record.receipt
        if change.makes_version:
            version, content_hash, latest = version + 1, record.content_hash, partial(dict, record.data)
    return Plan(key, current, tuple(changes), last_receipt)


def _version(record: Record, number: int, before: Mapping[str, object]) -> Change:
    return Change(
        record,
        Verdict.NEW if number == 1 else Verdict.UPDATED,
        number,
        changed_fields(before, record.data) if number > 1 else (),
        warnings=(*_missing_fields(before, record.data), *_without_links(record)),
    )


def _overtaken(record: Record, history: History, last_receipt: str) -> Change:
    """Decide on a record that was received before the current state was, or made it.

    That happens in a race, in recovery and in a replay. If it made a version or a late state, that stands,
    and its message is sent again: nobody knows whether it was. If it says what was the state when it was
    received, or is now, it is a repeat. Else it is late.
    """
    if record.receipt in history.late:
        return Change(record, Verdict.LATE, stored=True, overtaken_by=last_receipt)
    if made := history.made_by(record.receipt):
        verdict = Verdict.NEW if made.number == 1 else Verdict.UPDATED
        warnings = _without_links(record)
        return Change(record, verdict, made.number, made.changed, stored=True, warnings=warnings)
    for state in (history.versions[0], history.in_force_at(record.receipt)):
        if state and state.content_hash == record.content_hash:
            return Change(record, Verdict.REPEATED, state.number)
    return Change(record, Verdict.LATE, overtaken_by=last_receipt)


def _missing_fields(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Issue, ...]:
    """Warn if most fields of the state before did not come: the record may be another one, or cut off."""
    missing = len(before.keys() - after.keys())
    if 2 * missing <= len(before):
        return ()
    return (Issue("", f"faltam {missing} dos {len(before)} campos do estado anterior"),)


def _without_links(record: Record) -> tuple[Issue, ...]:
    """Warn if it names more contatos than it is linked to."""
    if len(record.references) <= MAX_LINKS:
        return ()
    field = _NAMES_CONTATOS.get(record.key.kind, "contato")
    return (Issue(field, "mais de 1.000 contatos: os demais ficam sem vínculo"),)
