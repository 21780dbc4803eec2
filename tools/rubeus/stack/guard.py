"""Who may talk to the ports of the local stack: programs on this machine, and no web page.

A page in a browser reaches every port of the loopback interface. It says where it comes from in `Origin` or
`Sec-Fetch-Site`, or gives a name of its own this machine's address (DNS rebinding): then `Host` is that name.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


ASGIApplication: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
_Async: TypeAlias = Callable[..., Awaitable[Any]]

OWN_HOSTS = ("127.0.0.1", "localhost", "[::1]", "host.docker.internal")

_FOREIGN_HOST = (
    "This port answers only to names of this machine; "
    "to let it answer to another one, such as a tunnel's, start `rubeus serve` with --allow-host NAME.\n"
)
_WEB_PAGE = (
    "This port answers no web page, with any option: use curl, the AWS CLI or an SDK; "
    "--allow-host NAME is for programs that reach it by another name.\n"
)
_TYPE = "text/plain; charset=utf-8"


def refusal(host: str | None, origin: str | None, site: str | None, allowed: Collection[str]) -> str | None:
    """Say in one sentence why a request is refused; None where it is not.

    Parameters
    ----------
    host, origin, site
        The request's headers Host, Origin and Sec-Fetch-Site.
    allowed
        The hosts, lower case, without a port.
    """
    if origin is not None or site not in (None, "none"):
        return _WEB_PAGE
    if host is not None and re.sub(r":\d*$", "", host.strip().lower()) not in allowed:
        return _FOREIGN_HOST
    return None


def guarded_wsgi(application: "WSGIApplication", allowed: Collection[str]) -> "WSGIApplication":
    """Put the guard in front of a WSGI application."""

    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 (as WSGI has it)
        host, origin, site = map(environ.get, ("HTTP_HOST", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE"))
        sentence = refusal(host, origin, site, allowed)
        answer = Response(sentence, 403, content_type=_TYPE) if sentence else application
        return answer(environ, start_response)

    return call


def guarded_asgi(application: ASGIApplication, allowed: Collection[str]) -> ASGIApplication:
    """Put the guard in front of an ASGI application; no header for web pages leaves it."""

    async def call(scope: dict[str, Any], receive: _Async, send: _Async) -> None:
        async def send_closed(message: dict[str, Any]) -> None:
            if "headers" in message:
                kept = [
                    each for each in message["headers"] if not each[0].lower().startswith(b"access-control-")
                ]
                message = {**message, "headers": kept}
            await send(message)

        headers = {name.lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
        host, origin, site = map(headers.get, (b"host", b"origin", b"sec-fetch-site"))
        sentence = refusal(host, origin, site, allowed)
        if scope["type"] == "lifespan" or sentence is None:
            await application(scope, receive, send_closed)
        elif scope["type"] == "http":
            content = sentence.encode()
            about = [(b"content-type", _TYPE.encode()), (b"content-length", b"%d" % len(content))]
            await send({"type": "http.response.start", "status": 403, "headers": about})
            await send({"type": "http.response.body", "body": content})
        else:
            await send({"type": "websocket.close", "code": 1008})

    return call
