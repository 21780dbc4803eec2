"""What the pages have in common whose content is worked out on demand: the button, the bar, the result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from rubeus.inspector import words
from rubeus.inspector.pages import page
from rubeus.inspector.work import Progress, Work

Found = TypeVar("Found")


@dataclass(frozen=True)
class Working(Generic[Found]):
    """A page of a work.

    Attributes
    ----------
    work
        Gives it, of the application.
    noun
        What it reads: one, several.
    values
        Of the template, out of what was found.
    """

    path: str
    template: str
    work: Callable[[Request], Work[Found]]
    noun: tuple[str, str]
    values: Callable[[Found], Mapping[str, Any]]

    def look(self, request: Request) -> Response:
        """Show the result, or how far it is; on POST, begin."""
        work = self.work(request)
        if request.method == "POST":
            work.start()
            return RedirectResponse(self.path, 303)
        state = work.state()
        if state is None or isinstance(state, Progress):
            return page(
                request, self.template, progress=state, said=self._said(state), result=None, words=words
            )
        values = self.values(state.found)
        return page(request, self.template, progress=None, result=state, words=words, **values)

    def progress(self, request: Request) -> Response:
        """Give the share (0 to 1) and a sentence, as JSON; 204 where there is nothing to wait for."""
        state = self.work(request).progress()
        if state is None:
            return Response(status_code=204)
        return JSONResponse({"parte": round(state.share, 3), "texto": self._said(state)})

    def _said(self, progress: Progress | None) -> str:
        if not progress or not progress.read:
            return "Procurando o que ler."
        return f"{words.counted(progress.read, *self.noun)}, {progress.share:.0%} do total."
