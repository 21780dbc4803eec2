"""Versões: any two states of a record, side by side."""

from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from models.kind import label
from rubeus.inspector import words
from rubeus.inspector.pages import page, stack_of
from rubeus.inspector.tree import tree
from rubeus.inspector.views.records import read_key, record_path
from rubeus.reading import masking
from rubeus.reading.diff import ABSENT, differences
from rubeus.reading.record_state import RecordState

_DAY = timedelta(days=1)


def compare(request: Request) -> Response:
    """Compare two states; without a choice, the newest version with the one before it."""
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
    found = differences(states[before].data, states[after].data)
    what = f"{key.kind}/{key.id}"
    showing = request.app.state.shown.get(what)
    rows = [(each, each if showing else each.masked(key.kind)) for each in found]
    return page(
        request,
        "versoes.html",
        key=key,
        name=f"{label(key.kind)} {masking.identity(key.id)}",
        record_path=record_path(key),
        rows=[
            {
                "path": shown.path,
                "before": None if shown.before is ABSENT else tree(shown.before, {}),
                "after": None if shown.after is ABSENT else tree(shown.after, {}),
                "is_covered": _is_covered(shown.before) or _is_covered(shown.after),
            }
            for _, shown in rows
        ],
        states=states,
        before=before,
        after=after,
        apart=_apart(states[before], states[after]),
        between=_between(states[before], states[after]),
        title_of=title_of,
        showing=showing,
        what=what,
        words=words,
    )


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
