"""What `rubeus records` prints of a record's states."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from models.clock import timestamp
from rubeus.cli import words
from rubeus.errors import CommandError
from rubeus.reading import masking
from rubeus.reading.diff import ABSENT, Difference, differences
from rubeus.reading.record_state import RecordState

_LABEL_WIDTH = 10


def document(state: RecordState, *, reveal: bool) -> dict[str, Any]:
    """Give a state for JSON.

    ``{"kind", "id", "version" (null: late), "received_at" (RFC 3339, UTC), "first_received_at" (of the
    current one), "sequence" (the receipt), "delivery_id", "changed": [field], "query" (of a fluxo), "data"
    (as sent)}``.

    Parameters
    ----------
    reveal
        Give all that was sent; else what may be personal data is masked.
    """
    return {
        "kind": state.key.kind,
        "id": state.key.id if reveal else masking.identity(state.key.id),
        "version": state.version,
        "received_at": timestamp(state.received_at),
        "first_received_at": state.first_received_at and timestamp(state.first_received_at),
        "sequence": state.receipt,
        "delivery_id": state.delivery_id,
        "changed": _changed(state, reveal=reveal),
        "query": state.query if reveal or state.query is None else masking.MASK,
        "data": state.data if reveal else masking.masked_record(state.key.kind, state.data),
    }


def documents(name: str, states: Sequence[RecordState], *, reveal: bool) -> dict[str, Any]:
    """Give states for JSON: ``{name: [as `document` gives them]}``."""
    return {name: [document(each, reveal=reveal) for each in states]}


def say(state: RecordState, *, reveal: bool) -> None:
    """Print all that is known of a state."""
    told = document(state, reveal=reveal)
    rows = {
        "record": f"{told['kind']} {told['id']}",
        "version": state.version,
        "received": f"{words.brasilia(state.received_at)} (Brasília)",
        "first": state.first_received_at and words.brasilia(state.first_received_at),
        "delivery": state.delivery_id,
        "changed": ", ".join(told["changed"]),
        "query": told["query"],
    }
    for label, value in rows.items():
        if value:
            words.say(f"{label:<{_LABEL_WIDTH}}{value}", hanging=" " * _LABEL_WIDTH)
    click.echo()
    click.echo("The record:" if reveal else "The record, masked (--reveal shows it):")
    words.say_lines(words.json_text(told["data"]))


def say_found(states: Sequence[RecordState], *, reveal: bool) -> None:
    """Print who was found, a line each."""
    rows = []
    for state in states:
        told = document(state, reveal=reveal)
        name = told["data"].get("nome")
        facts = f"v{state.version}  {words.brasilia(state.received_at)}  {name or ''}"
        rows.append((f"{told['kind']} {told['id']}", facts))
    words.rows(("record", "version, received, nome"), rows)


def say_history(states: Sequence[RecordState], *, reveal: bool) -> None:
    """Print the states, a line each."""
    rows = []
    for state in states:
        name = f"v{state.version}" if state.version else "late"
        facts = f"{words.brasilia(state.received_at)}  {state.delivery_id}"
        changed = ", ".join(_changed(state, reveal=reveal))
        rows.append((name, f"{facts}\n{changed}" if changed else facts))
    words.rows(("version", "received             delivery, changed"), rows)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions of a record, and what differs."""

    before: RecordState
    after: RecordState

    @classmethod
    def of(cls, states: Sequence[RecordState], between: Sequence[int]) -> "Compared":
        """Take two of a record's versions; by default the last two."""
        versions = {state.version: state for state in states if state.version}
        numbers = between or sorted(number for number in versions if number)[-2:]
        if len(numbers) < 2:
            message = "there is but one version"
            raise CommandError(message)
        if missing := [number for number in numbers if number not in versions]:
            message = f"there is no version {missing[0]}"
            raise CommandError(message)
        return cls(*(versions[number] for number in numbers))

    def document(self, *, reveal: bool) -> dict[str, Any]:
        """Give it for JSON.

        ``{"kind", "id", "before", "after" (versions), "differences": [{"path", "before", "after"}]}``; what
        is absent on a side has no member for it.
        """
        return {
            "kind": self.after.key.kind,
            "id": self.after.key.id if reveal else masking.identity(self.after.key.id),
            "before": self.before.version,
            "after": self.after.version,
            "differences": [
                {
                    "path": each.path,
                    **({} if each.before is ABSENT else {"before": each.before}),
                    **({} if each.after is ABSENT else {"after": each.after}),
                }
                for each in self._differences(reveal=reveal)
            ],
        }

    def say(self, *, reveal: bool) -> None:
        """Print it: a field, then what it was and what it is."""
        for state in (self.before, self.after):
            click.echo(f"version {state.version}  {words.brasilia(state.received_at)}  {state.delivery_id}")
        found = self._differences(reveal=reveal)
        if not found:
            click.echo("They say the same.")
        for each in found:
            click.echo()
            words.say(each.path)
            for sign, value in (("-", each.before), ("+", each.after)):
                for line in _lines(value):
                    words.say(f"{sign} {line}", "  ", "  ")

    def _differences(self, *, reveal: bool) -> Sequence[Difference]:
        found = differences(self.before.data, self.after.data)
        return found if reveal else [each.masked(self.after.key.kind) for each in found]


def _lines(value: object) -> Sequence[str]:
    if value is ABSENT:
        return ()
    if isinstance(value, str):
        return value.splitlines() or ('""',)
    return (json.dumps(value, ensure_ascii=False, default=str),)


def _changed(state: RecordState, *, reveal: bool) -> Sequence[str]:
    return [name if reveal else masking.masked_path(name) for name in state.changed]
