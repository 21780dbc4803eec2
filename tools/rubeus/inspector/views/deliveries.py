"""Entregas: what came in, what needs somebody first, and what comes in meanwhile."""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from models.clock import BRASILIA
from models.delivery import received_seconds
from models.kind import FLUXO, KINDS
from models.outcome import State, Verdict
from rubeus.inspector import words
from rubeus.inspector.pages import page, read_date, stack_of
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.selection import Selection
from rubeus.reading.summary import DeliverySummary

_ROWS = 50
_NEEDING = 20
# A UUIDv7, until the year 2527.
_PROTOCOLO = re.compile(r"\b0[0-9a-f]{7}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")
# As a list shows it, or longer.
_END = re.compile(r"…?([0-9a-f]{8,12})")
_STATES = {word: state for state, (_, word) in words.STATES.items()}
_VERDICTS = {word: verdict for verdict, (_, word, _) in words.VERDICTS.items()}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list shows, as its URL says; what is not understood there is left out.

    Attributes
    ----------
    text
        Within the words of the problems.
    """

    day: str
    state: State | None
    kind: str | None
    verdict: Verdict | None
    text: str

    @property
    def selection(self) -> Selection:
        """Give what finds them."""
        problem = self.text or None
        return Selection(
            state=self.state, day=self.day, kind=self.kind, verdict=self.verdict, problem=problem
        )

    @property
    def end(self) -> str | None:
        """The end of a protocolo, if that is what the text is."""
        found = _END.fullmatch(self.text.lower())
        return found and found[1]

    def holds(self, delivery: DeliverySummary) -> bool:
        """Say whether a delivery that came meanwhile is one of the list."""
        local = delivery.received_at.astimezone(BRASILIA).date().isoformat()
        return local == self.day and self.selection.holds(delivery)


def read_filters(query: Mapping[str, str]) -> Filters:
    """Read the filters of a list from its URL."""
    kind = query.get("tipo", "")
    return Filters(
        day=_day(query.get("dia", "")),
        state=_STATES.get(query.get("situacao", "")),
        kind=kind if kind in (*KINDS, FLUXO) else None,
        verdict=_VERDICTS.get(query.get("veredito", "")),
        text=query.get("problema", "").strip()[:100],
    )


def index(request: Request) -> Response:  # noqa: ARG001 (Starlette's)
    """Lead to the list."""
    return RedirectResponse("/entregas", 303)


def listed(request: Request) -> Response:
    """Show the deliveries of a day, and above them what needs somebody, whenever it came."""
    deliveries, query = stack_of(request).deliveries, request.query_params
    filters, before = read_filters(query), query.get("antes", "")
    if whole := _PROTOCOLO.search(filters.text.lower()):
        return RedirectResponse(f"/entregas/{whole[0]}", 303)
    if filters.end and (found := _ending(deliveries, filters.day, filters.end)):
        return RedirectResponse(f"/entregas/{found}", 303)
    if not _PROTOCOLO.fullmatch(before):
        before = ""
    cursor = request.app.state.live.cursor()
    if filters.end:  # no protocolo ends like that, and no problem is worded like that
        return _list(request, filters, [], [], cursor=cursor)
    with ThreadPoolExecutor(2) as pool:
        needing = pool.submit(
            lambda: list(islice(deliveries.find(Selection(), first=1 + _NEEDING), 1 + _NEEDING))
        )
        rows = pool.submit(_rows, deliveries, filters, before)
    return _list(request, filters, rows.result(), needing.result(), cursor=cursor)


def came_at(protocolo: str) -> datetime | None:
    """Give the time that a protocolo tells, whether its delivery is kept or not; None: it is no protocolo."""
    if not _PROTOCOLO.fullmatch(protocolo):
        return None
    return datetime.fromtimestamp(received_seconds(protocolo), UTC)


def _ending(deliveries: Deliveries, day: str, end: str) -> str | None:
    """Find the protocolo with this end among those of a day."""
    return next((each for each in deliveries.ids(day) if each.endswith(end)), None)


def _rows(deliveries: Deliveries, filters: Filters, before: str) -> Sequence[DeliverySummary]:
    """Read the rows of a page, and one more where there are more: chosen by the index, told by the heads."""
    found = deliveries.list(filters.selection, _ROWS + 1, before or None)
    return list(deliveries.heads(each.id for each in found))


def _list(
    request: Request,
    filters: Filters,
    rows: Sequence[DeliverySummary],
    needing: Sequence[DeliverySummary],
    cursor: str,
) -> Response:
    query = request.query_params
    asked = {name: value for name, value in query.items() if value and name != "antes"}
    if not (rows or needing or asked):
        return page(request, "vazio.html", url=_url(request), cursor=cursor)
    today, day = datetime.now(UTC).astimezone(BRASILIA).date(), date.fromisoformat(filters.day)
    return page(
        request,
        "entregas.html",
        rows=rows[:_ROWS],
        older=urlencode({**asked, "antes": rows[_ROWS - 1].id}) if len(rows) > _ROWS else None,
        newest=urlencode(asked) if query.get("antes") else None,
        needing=needing[:_NEEDING],
        needing_count=f"mais de {_NEEDING}" if len(needing) > _NEEDING else str(len(needing)),
        count=f"mais de {_ROWS} entregas"
        if len(rows) > _ROWS
        else (words.counted(len(rows), "entrega", "entregas") if rows else "nenhuma entrega"),
        is_end=filters.end is not None,
        is_filtered=filters != Filters(filters.day, None, None, None, ""),
        day=day,
        day_text=("Hoje, " if day == today else "") + words.long_day(day),
        is_live=day == today and not query.get("antes"),
        asked=asked,
        export=urlencode({**asked, "dia": filters.day}),
        live=urlencode({**asked, "dia": filters.day, "depois": cursor}),
        words=words,
        choices={"states": list(_STATES), "kinds": [*KINDS, FLUXO], "verdicts": list(_VERDICTS)},
    )


def _url(request: Request) -> str | None:
    """Give the URL to paste, which holds the token: on this machine alone."""
    stack = stack_of(request)
    return stack.webhook_url() if stack.is_local else None


def new(request: Request) -> Response:
    """Give the rows that came or changed since a page's cursor, as a piece of the list; or say: reload."""
    filters = read_filters(request.query_params)
    found, cursor = request.app.state.live.since(request.query_params.get("depois", ""))
    rows = [each for each in found or () if filters.holds(each)]
    # A page that is open at midnight is one of yesterday, to which nothing is added any more.
    is_to_reload = found is None or filters.day != _day("")
    return page(request, "novas.html", rows=rows, cursor=cursor, is_to_reload=is_to_reload, words=words)


def _day(text: str) -> str:
    return (read_date(text) or datetime.now(UTC).astimezone(BRASILIA).date()).isoformat()
