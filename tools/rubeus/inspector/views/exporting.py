"""A list as a file, as it is filtered: CSV as the Excel of Brazil opens it."""

import csv
import io

from starlette.requests import Request
from starlette.responses import Response

from models.clock import BRASILIA
from models.kind import label
from rubeus.inspector import words
from rubeus.inspector.pages import stack_of
from rubeus.inspector.views.deliveries import read_filters
from rubeus.reading.rows import DeliveryRow

_VERDICTS = {verdict: several for verdict, (_, _, several) in words.VERDICTS.items()}
_HEADER = (
    *("dia", "hora", "protocolo", "situacao", "registros", *_VERDICTS.values()),
    *("tipos", "milissegundos", "bytes", "problemas"),
)


def deliveries(request: Request) -> Response:
    """Give the deliveries of a list; nothing in them is personal."""
    filters = read_filters(request.query_params)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(_HEADER)
    writer.writerows(_row(each) for each in stack_of(request).deliveries.list(filters.selection))
    name = f"entregas-{filters.day}.csv"
    return Response(
        text.getvalue().encode("utf-8-sig"),
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _row(each: DeliveryRow) -> list[object]:
    local = each.received_at.astimezone(BRASILIA)
    _, state = words.STATES[each.state]
    waited = "" if each.milliseconds is None else each.milliseconds
    return [
        *(f"{local:%d/%m/%Y}", f"{local:%H:%M:%S}", each.id, state, each.records),
        *(each.counts.get(verdict, 0) for verdict in _VERDICTS),
        *(", ".join(map(label, each.kinds)), waited, each.size, "; ".join(each.problems)),
    ]
