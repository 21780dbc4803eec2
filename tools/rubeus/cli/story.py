"""What `rubeus records timeline` prints."""

from typing import Any

import click

from rubeus.cli import states, words
from rubeus.reading import masking
from rubeus.reading.timeline import Entry, Timeline

# What Rubeus says of a contato in a registro.
_ROLE = ("registro_processo", "contatos.tipo")


def document(timeline: Timeline, *, reveal: bool) -> dict[str, Any]:
    """Give a story for JSON.

    ``{"contato", "links": [{"kind", "id", "role", "principal"}], "entries": [a state as `rubeus records get`
    gives it, and "names_contato", "happened_at", "happened_in" (the field; null where it has no date of its
    own), "facts" (by field)]}``.
    """
    return {
        "contato": timeline.contato_id,
        "links": [
            {
                "kind": link.key.kind,
                "id": masking.identity(link.key.id),
                "role": link.role if reveal else masking.masked_value(*_ROLE, link.role),
                "principal": link.principal,
            }
            for link in timeline.links
        ],
        "entries": [_document(entry, reveal=reveal) for entry in timeline.entries],
    }


def say(timeline: Timeline, *, reveal: bool) -> None:
    """Print a story."""
    for entry in timeline.entries:
        state = entry.state
        version = f"v{state.version}" if state.version else "late"
        name = f"{state.key.kind} {masking.identity(state.key.id)}"
        words.say(f"{words.brasilia(state.received_at)}  {name}  {version}")
        for line in _lines(entry, reveal=reveal):
            words.say(line, "  ", "  ")
    click.echo()
    count = len(timeline.links)
    words.say(
        f"{count} {'record concerns' if count == 1 else 'records concern'} this contato now. What named it"
        " before, and names somebody else now, is not here: `rubeus records history` of that record tells."
    )


def _document(entry: Entry, *, reveal: bool) -> dict[str, Any]:
    field, date = entry.happened or (None, None)
    return {
        **states.document(entry.state, reveal=reveal),
        "names_contato": entry.names_contato,
        "happened_at": date and date.isoformat(),
        "happened_in": field,
        "facts": _facts(entry, reveal=reveal),
    }


def _facts(entry: Entry, *, reveal: bool) -> dict[str, object]:
    kind = entry.state.key.kind
    return {
        field: text if reveal else masking.masked_value(kind, field, text)
        for field, text in entry.facts.items()
    }


def _lines(entry: Entry, *, reveal: bool) -> list[str]:
    told = [
        f"{field}: {'; '.join(str(text).splitlines())}"
        for field, text in _facts(entry, reveal=reveal).items()
    ]
    if entry.happened:
        field, date = entry.happened
        told.append(f"{field}: {words.brasilia(date)}")
    changed = [masking.masked_path(name) for name in entry.state.changed]
    if changed and not entry.link:
        told.append(f"changed: {', '.join(changed)}")
    if not entry.names_contato:
        told.append("this state names another contato")
    return told
