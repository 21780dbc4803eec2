"""Who may see the pages: whoever has the key that the terminal printed, by a name of this machine.

Every page in the user's browser can reach a port of the loopback interface. The key keeps other people and
programs out; `Host` is a name of its own where a page gave that name this machine's address (DNS rebinding);
`Origin` tells a form of another page, even of one on another port, to which the cookie goes along.
"""

import re
import secrets
from collections.abc import Collection
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEY = "chave"
"""The parameter of the printed URL that holds the key."""

_SAFE = ("GET", "HEAD")
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
_NO_KEY = """\
<!doctype html>
<html lang="pt-BR">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Falta a chave · Inspetor</title>
<h1>Falta a chave</h1>
<p>Abra o inspetor pelo endereço que o terminal mostrou: ele traz a chave.
Se o programa foi reiniciado, a chave é outra.</p>
"""
_FOREIGN_HOST = "Este endereço só responde por um nome deste computador.\n"
_FOREIGN_ORIGIN = "Este pedido veio de outra página, e não foi atendido.\n"


class Guard:
    """Lets only those requests through to an application (ASGI) that come from its own pages.

    Parameters
    ----------
    key
        Valid for as long as this process lives; asked for by `KEY` in a URL, or by the cookie.
    port
        Names the cookie: browsers share cookies among the ports of a host.
    hosts
        The names by which it answers, lower case, without a port.
    """

    def __init__(self, application: ASGIApp, key: str, port: int, hosts: Collection[str]) -> None:
        self._application = application
        self._key = key
        self._cookie = f"inspetor-{port}"
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *own]}
            await send(message)

        refusal = self._answer(Request(scope))
        await (refusal or self._application)(scope, receive, send_guarded)

    def _answer(self, request: Request) -> Response | None:
        """Give the answer to a request that does not get through, or brings the key."""
        host = request.headers.get("host", "")
        if re.sub(r":\d*$", "", host.strip().lower()) not in self._hosts:
            return Response(_FOREIGN_HOST, 403, media_type="text/plain")
        if request.method not in _SAFE and request.headers.get("origin") != f"http://{host}":
            return Response(_FOREIGN_ORIGIN, 403, media_type="text/plain")
        if self._is_key(request.query_params.get(KEY)):
            rest = [(name, value) for name, value in request.query_params.multi_items() if name != KEY]
            # Whatever follows the host in the URL stays within this place.
            path = "/" + request.url.path.lstrip("/\\")
            answer = RedirectResponse(f"{path}?{urlencode(rest)}" if rest else path, 303)
            answer.set_cookie(self._cookie, self._key, httponly=True, samesite="strict")
            return answer
        if self._is_key(request.cookies.get(self._cookie)):
            return None
        return Response(_NO_KEY, 403, media_type="text/html")

    def _is_key(self, text: str | None) -> bool:
        return text is not None and secrets.compare_digest(text.encode(), self._key.encode())
