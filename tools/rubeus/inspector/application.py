"""The pages put together: which URL leads where, and what is shown when something is wrong."""

import sys
import traceback
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from models.clock import day
from rubeus.inspector.batches import Batches
from rubeus.inspector.live import Live
from rubeus.inspector.pages import HERE, failure, page
from rubeus.inspector.shown import Shown
from rubeus.inspector.stack import Stack
from rubeus.inspector.views import (
    bulk,
    deliveries,
    delivery,
    exporting,
    operating,
    panel,
    panel_export,
    people,
    queue,
    records,
    records_export,
    sample,
    stages,
    test,
    unknown,
    versions,
    why,
)
from rubeus.inspector.work import Work
from rubeus.reading.failures import AWS_ERRORS


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
            Route("/ligacao", _connection),
            Route("/mostrar", operating.show, methods=["POST"]),
            Route("/cobrir", operating.cover, methods=["POST"]),
            Route("/registros", records.find, methods=["GET", "POST"]),
            Route("/registros/exportar", records_export.many, methods=["POST"]),
            Route("/registros/{kind}/{id}", records.one),
            Route("/registros/{kind}/{id}/exportar", records_export.one),
            Route("/registros/{kind}/{id}/versoes", versions.compare),
            Route("/registros/{kind}/{id}/versoes/exportar", exporting.differences),
            Route("/pessoas/{id}", people.one),
            Route("/pessoas/{id}/exportar", exporting.person),
            Route("/por-que", why.ask, methods=["GET", "POST"]),
            Route("/por-que/exportar", exporting.why, methods=["POST"]),
            Route("/fila", queue.look),
            Route("/fila/exportar", exporting.queue),
            Route("/fila/devolver", queue.redrive, methods=["POST"]),
            Route("/painel", panel.look),
            Route("/painel/exportar", panel_export.one),
            Route(stages.PAGE.path, stages.PAGE.look, methods=["GET", "POST"]),
            Route(unknown.PAGE.path, unknown.PAGE.look, methods=["GET", "POST"]),
            Route("/anotacoes", panel.traces),
            Route("/anotacoes/exportar", exporting.traces),
            Route("/testar", test.form, methods=["GET", "POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        exception_handlers={
            404: _not_found,
            405: _not_by_address,
            Exception: _defect,
            **dict.fromkeys(AWS_ERRORS, _failed),
        },
    )
    pages.state.stack = stack
    pages.state.live = Live(stack.deliveries)
    pages.state.shown = Shown()
    pages.state.batches = Batches()
    pages.state.stages = Work(partial(stages.work_out, stack.records))
    pages.state.unknown_fields = Work(partial(unknown.work_out, stack.deliveries))
    return pages


def _connection(request: Request) -> Response:
    """Answer an open page that asks whether it still is as AWS has it; where not, `_failed` says so."""
    request.app.state.live.since("")
    return Response(status_code=204)


def _not_found(request: Request, error: Exception) -> Response:  # noqa: ARG001 (Starlette's)
    came = deliveries.came_at(request.path_params.get("id", ""))
    return page(request, "nada.html", 404, came=came, day=came and day(came), is_form=False)


def _not_by_address(request: Request, error: Exception) -> Response:  # noqa: ARG001 (the same)
    """Answer who opens the address that a form is sent to."""
    return page(request, "nada.html", 405, came=None, day=None, is_form=True)


def _failed(request: Request, error: Exception) -> Response:
    return failure(request, error)


def _defect(request: Request, error: Exception) -> Response:
    """Tell of an error of ours; on the terminal by the place alone, since a message can quote a record."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    print(f"inspector: {type(error).__name__}\n{frames}", file=sys.stderr)
    return page(request, "defeito.html", 500, name=type(error).__name__)
