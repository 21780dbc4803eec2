"""From values to a page: the templates, and what all of them know."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from models.kind import label
from rubeus.inspector import failing, words
from rubeus.inspector.stack import Stack
from rubeus.reading.failures import AWS_ERRORS, Failure, explain
from rubeus.reading.masking import MASK

HERE = Path(__file__).parent
_MAX_FORM_BYTES = 20_000_000
# Far from where the calendar ends, so that a day before and after can be told.
_YEARS = range(1900, 3000)

_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals.update(
    MASK=MASK,
    TITLES=failing.TITLES,
    sentence=failing.sentence,
    counted=words.counted,
    label=label,
)
_environment.filters.update(
    clock=words.clock,
    when=words.when,
    minute=words.minute,
    number=words.number,
    full_day=words.full_day,
    segment=lambda text: quote(str(text), safe=""),
)


def stack_of(request: Request) -> Stack:
    """Give the stack that the pages show."""
    stack: Stack = request.app.state.stack
    return stack


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 (a template's)
    """Draw a page."""
    text = _environment.get_template(template).render(
        stack=stack_of(request), path=request.url.path, **values
    )
    return HTMLResponse(text, status)


def failure(request: Request, error: BaseException, done: str = "") -> Response:
    """Draw what AWS did not do, and the way out.

    Parameters
    ----------
    error
        One of `AWS_ERRORS`.
    done
        What of it was done before, in a sentence.
    """
    found = explain(error)
    return page(
        request,
        "erro.html",
        403 if found.cause == "denied" else 503,
        failure=found,
        done=done,
        # What was posted is not posted again by itself.
        comes_back=request.method == "GET" and found.cause in ("login", "throttled", "away"),
    )


def explained(error: Exception | None) -> Failure | None:
    """Tell what ended a piece of work in another thread, if anything did; a defect of ours is raised."""
    if error is None:
        return None
    if not isinstance(error, AWS_ERRORS):
        raise error
    return explain(error)


def read_date(text: str) -> date | None:
    """Read a day as a field for dates sends it; None where it is none, or of no year of ours."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def ask_for_reason(
    request: Request, form: Mapping[str, str], *, field: str, said: str, back: str
) -> Response:
    """Ask again for the reason that a form came without; what else it held is kept, and what was typed.

    Parameters
    ----------
    field
        The name of the one that the reason was to be in.
    said
        What was not done, and what to say.
    """
    return page(request, "motivo.html", form=form, field=field, said=said, back=back)


async def read_form(request: Request) -> dict[str, str]:
    """Read an urlencoded form; of a name that it has twice, the last value."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MAX_FORM_BYTES:
            return {}
    fields = await run_in_threadpool(parse_qs, body.decode(errors="replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}
