"""Versões: any two states of a record, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from models.kind import label
from models.record import Key
from rubeus.inspector import words
from rubeus.inspector.pages import page, stack_of
from rubeus.inspector.shown import Showing
from rubeus.inspector.tree import tree
from rubeus.inspector.views.records import read_key, record_path
from rubeus.reading import masking
from rubeus.reading.diff import ABSENT, Difference, differences
from rubeus.reading.record_state import RecordState

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two of the states of a record, by their names in the URL, and what differs, as it may be seen."""

    key: Key
    states: Mapping[str, RecordState]
    before: str
    after: str
    what: str
    showing: Showing | None
    differences: Sequence[Difference]


def compare(request: Request) -> Response:
    """Show what differs between two states."""
    found = compared(request)
    key, before, after = found.key, found.states[found.before], found.states[found.after]
    return page(
        request,
        "versoes.html",
        name=f"{label(key.kind)} {masking.identity(key.id)}",
        record_path=record_path(key),
        rows=[
            {
                "path": each.path,
                "before": None if each.before is ABSENT else tree(each.before, {}),
                "after": None if each.after is ABSENT else tree(each.after, {}),
                "is_covered": _is_covered(each.before) or _is_covered(each.after),
            }
            for each in found.differences
        ],
        states=found.states,
        before=found.before,
        after=found.after,
        apart=_apart(before, after),
        between=_between(before, after),
        title_of=title_of,
        showing=found.showing,
        what=found.what,
        words=words,
    )


def compared(request: Request) -> Compared:
    """Compare the states that the URL names; without a choice, the newest version with the one before it."""
    key = read_key(request)
    history = stack_of(request).records.history(key)
    if not history:
        raise HTTPException(404)
    states = {name_of(each): each for each in history}
    versions = [name for name, each in states.items() if each.version is not None]
    if not versions:
        versions = list(states)
    after = _chosen(request.query_params.get("ate"), states, versions[-1])
    before = _chosen(
        request.query_params.get("de"), states, versions[-2] if len(versions) > 1 else versions[-1]
    )
    what = f"{key.kind}/{key.id}"
    showing = request.app.state.shown.get(what)
    found = differences(states[before].data, states[after].data)
    seen = found if showing else [each.masked(key.kind) for each in found]
    return Compared(key, states, before, after, what, showing, seen)


def name_of(state: RecordState) -> str:
    """Name a state for a URL: its version, or, of a late one, its delivery."""
    return str(state.version) if state.version is not None else f"atrasada-{state.receipt.replace('#', '-')}"


def title_of(state: RecordState) -> str:
    """Name a state for a reader."""
    return f"versão {state.version}" if state.version is not None else "atrasada"


def _between(before: RecordState, after: RecordState) -> str:
    if before.version is not None and after.version is not None:
        return f"entre as versões {before.version} e {after.version}"
    return f"entre a {title_of(before)} e a {title_of(after)}"


def _chosen(name: str | None, states: dict[str, RecordState], otherwise: str) -> str:
    return name if name in states else otherwise


def _is_covered(value: object) -> bool:
    if isinstance(value, dict | list):
        return any(map(_is_covered, value.values() if isinstance(value, dict) else value))
    return value == masking.MASK


def _apart(before: RecordState, after: RecordState) -> str:
    """Say how long lies between two states."""
    apart = abs(after.received_at - before.received_at)
    if apart >= _DAY:
        hours = round(apart.seconds / 3600)
        return words.enumeration(
            [
                words.counted(apart.days, "dia", "dias"),
                *([words.counted(hours, "hora", "horas")] if hours else []),
            ]
        )
    minutes, seconds = divmod(round(apart.total_seconds()), 60)
    if minutes >= 60:
        return words.counted(round(minutes / 60), "hora", "horas")
    if minutes:
        return words.counted(minutes, "minuto", "minutos")
    return words.counted(seconds, "segundo", "segundos") if seconds else "menos de um segundo"
