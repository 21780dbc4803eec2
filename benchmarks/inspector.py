"""`python -m benchmarks.inspector`: how long the inspector's pages take in full stores, over HTTP.

10,000 records of 1,000 people and 10,000 deliveries of a day, in an emulator on loopback. Each page is asked
for once (the first time) and then some times more; beside it stand our own time and the emulator's, as in
`benchmarks.reading`.
"""

import time
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from benchmarks.calls import Calls
from benchmarks.reading import HEAD, fill, line
from rubeus.cli.inspecting import inspecting
from rubeus.stack.child import listen
from rubeus.stack.emulator import emulator
from rubeus.stack.stores import create_stores, local_session
from rubeus.stack.target import Target
from rubeus.stack.template import read_template

_ROUNDS = 5
_SECOND = 1.0  # so long no page asks anew for what is new


class Page(NamedTuple):
    """A page of the inspector.

    Attributes
    ----------
    calls
        How many calls to AWS it may make at most, in full stores.
    form
        What is posted to it; None: it is opened.
    """

    path: str
    calls: int
    form: Mapping[str, str] | None = None


PAGES: Mapping[str, Page] = {
    "deliveries": Page("/entregas", 27),
    "deliveries, two filters": Page("/entregas?tipo=evento&veredito=atualizado", 27),
    "deliveries, a rare verdict": Page("/entregas?veredito=atrasado", 27),
    "deliveries, a rare kind": Page("/entregas?tipo=fluxo", 27),
    "deliveries, by problem": Page("/entregas?problema=id", 29),
    "deliveries, an end of none": Page("/entregas?problema=123456789abc", 3),
    "deliveries, by state": Page("/entregas?situacao=quarentena", 35),
    "what is new": Page("/entregas/novas", 2),
    "record": Page("/registros/contato/50", 2),
    "search": Page("/registros", 2, {"por": "codigo", "quem": "COD50"}),
    "person": Page("/pessoas/50", 12),
    "queue": Page("/fila", 6),
    "panel": Page("/painel", 67),
}


def main() -> None:
    """Fill the stores, and measure."""
    with emulator(0) as endpoint:
        ids = create_stores(read_template(), endpoint, None)
        session = local_session()
        fill(session.client("dynamodb", endpoint_url=endpoint), ids)
        calls, target = Calls(session), Target(session, endpoint, ids, {})
        with listen(0, "--port") as listener, inspecting(target, None, listener) as url:
            print(HEAD)
            for name, page in PAGES.items():
                spent = []
                for _ in range(1 + _ROUNDS):
                    time.sleep(_SECOND)  # what was read last is kept so long
                    spent.append(calls.during(partial(ask, url, page)))
                print(line(f"{name}, first", spent[:1], page.calls))
                print(line(name, spent[1:], page.calls))


def ask(url: str, page: Page) -> None:
    """Ask for a page with the cookie that the URL gives.

    Raises
    ------
    RuntimeError
        When there is no page.
    """
    parts = urlsplit(url)
    headers = {
        "Cookie": f"inspetor-{parts.port}={parts.query.partition('=')[2]}",
        "Origin": f"http://{parts.netloc}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    with closing(HTTPConnection(parts.netloc, timeout=60)) as connection:
        method = "GET" if page.form is None else "POST"
        connection.request(method, page.path, urlencode(page.form) if page.form else None, headers)
        response = connection.getresponse()
        response.read()
        if response.status not in (200, 303):
            message = f"{page.path}: {response.status}"
            raise RuntimeError(message)


if __name__ == "__main__":
    main()
