"""The pages put together: which URL leads where, and what is shown when something is wrong."""

import sys
import traceback

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from rubeus.inspector.batches import Batches
from rubeus.inspector.live import Live
from rubeus.inspector.pages import HERE, page
from rubeus.inspector.shown import Shown
from rubeus.inspector.stack import Stack
from rubeus.inspector.views import (
    bulk,
    deliveries,
    delivery,
    exporting,
    operating,
    panel,
    people,
    queue,
    records,
    records_export,
    sample,
    test,
    versions,
    why,
)
from rubeus.reading.failures import AWS_ERRORS, explain


def application(stack: Stack) -> Starlette:
    """Put the pages together; `Guard` has to stand in front of them."""
    pages = Starlette(
        routes=[
            Route("/", deliveries.index),
            Route("/entregas", deliveries.listed),
            Route("/entregas/novas", deliveries.new),
            Route("/entregas/exportar", exporting.deliveries),
            Route("/entregas/lote", bulk.choose, methods=["POST"]),
            Route("/entregas/lote/{id}", bulk.look),
            Route("/entregas/lote/{id}/prever", bulk.foretell, methods=["POST"]),
            Route("/entregas/lote/{id}/reprocessar", bulk.replay, methods=["POST"]),
            Route("/entregas/lote/{id}/dispensar", bulk.dismiss, methods=["POST"]),
            Route("/entregas/lote/{id}/parar", bulk.stop, methods=["POST"]),
            Route("/entregas/lote/{id}/exportar", exporting.batch),
            Route("/entregas/{id}", delivery.one),
            Route("/entregas/{id}/exemplo", sample.one),
            Route("/entregas/{id}/reprocessar", operating.replay, methods=["GET", "POST"]),
            Route("/entregas/{id}/dispensar", operating.dismiss, methods=["POST"]),
            Route("/mostrar", operating.show, methods=["POST"]),
            Route("/cobrir", operating.cover, methods=["POST"]),
            Route("/registros", records.find, methods=["GET", "POST"]),
            Route("/registros/exportar", records_export.many, methods=["POST"]),
            Route("/registros/{kind}/{id}", records.one),
            Route("/registros/{kind}/{id}/exportar", records_export.one),
            Route("/registros/{kind}/{id}/versoes", versions.compare),
            Route("/pessoas/{id}", people.one),
            Route("/pessoas/{id}/exportar", exporting.person),
            Route("/por-que", why.ask, methods=["GET", "POST"]),
            Route("/fila", queue.look),
            Route("/fila/exportar", exporting.queue),
            Route("/fila/devolver", queue.redrive, methods=["POST"]),
            Route("/painel", panel.look),
            Route("/painel/etapas", panel.stages),
            Route("/anotacoes", panel.traces),
            Route("/anotacoes/exportar", exporting.traces),
            Route("/testar", test.form, methods=["GET", "POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        exception_handlers={404: _not_found, Exception: _defect, **dict.fromkeys(AWS_ERRORS, _failed)},
    )
    pages.state.stack = stack
    pages.state.live = Live(stack.deliveries)
    pages.state.shown = Shown()
    pages.state.batches = Batches()
    return pages


def _not_found(request: Request, error: Exception) -> Response:  # noqa: ARG001 (Starlette's)
    return page(request, "nada.html", 404)


def _failed(request: Request, error: Exception) -> Response:
    """Word what AWS did not do; the poller of a page asks for its sentence alone."""
    failure = explain(error)
    return page(request, "erro.html", 503 if failure.cause != "denied" else 403, failure=failure)


def _defect(request: Request, error: Exception) -> Response:
    """Tell of an error of ours; on the terminal by the place alone, since a message can quote a record."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    print(f"inspector: {type(error).__name__}\n{frames}", file=sys.stderr)
    return page(request, "defeito.html", 500, name=type(error).__name__)
