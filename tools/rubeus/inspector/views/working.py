"""What the pages have in common whose content is worked out on demand: the button, the bar, the result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from rubeus.inspector import words
from rubeus.inspector.pages import explained, page
from rubeus.inspector.work import Progress, Result, Work

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
        """Show the result, how far it is, or what ended it; on POST, begin."""
        work = self.work(request)
        if request.method == "POST":
            work.start()
            return RedirectResponse(self.path, 303)
        state = work.state
        return page(
            request,
            self.template,
            result=state if isinstance(state, Result) else None,
            progress=state if isinstance(state, Progress) else None,
            failure=explained(state if isinstance(state, Exception) else None),
            said=self._said(state) if isinstance(state, Progress) else "",
            words=words,
            **(self.values(state.found) if isinstance(state, Result) else {}),
        )

    def _said(self, progress: Progress) -> str:
        if not progress.read:
            return "Procurando o que ler."
        return f"{words.counted(progress.read, *self.noun)}, {progress.share:.0%} do total."
