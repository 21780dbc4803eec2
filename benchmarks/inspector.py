"""`python -m benchmarks.inspector`: how long the inspector's pages take in full stores, over HTTP.

10,000 records of 1,000 people and 10,000 deliveries of a day, in an emulator on loopback. Each page is asked
for once (the first time) and then some times more.
"""

import time
from contextlib import closing
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlsplit

from benchmarks.reading import fill
from rubeus.cli.inspecting import inspecting
from rubeus.stack.child import listen
from rubeus.stack.emulator import emulator
from rubeus.stack.stores import create_stores
from rubeus.stack.target import connect
from rubeus.stack.template import read_template

_ROUNDS = 5
_PAGES = {
    "deliveries": "/entregas",
    "deliveries, two filters": "/entregas?tipo=evento&veredito=atualizado",
    "what is new": "/entregas/novas",
    "record": "/registros/contato/500",
    "person": "/pessoas/500",
    "queue": "/fila",
    "panel": "/painel",
    "stages": "/painel/etapas",
}


def main() -> None:
    """Fill the stores, and measure."""
    with emulator(0) as endpoint:
        create_stores(read_template(), endpoint, None)
        target = connect(stack=None, region=None, aws_port=int(endpoint.rpartition(":")[2]))
        fill(target.dynamodb, target.ids)
        with listen(0, "--port") as listener, inspecting(target, None, listener, 0) as url:
            print(f"{'page':<26}{'first, ms':>10}{'median of ' + str(_ROUNDS):>13}")
            for name, path in _PAGES.items():
                first, *others = (_milliseconds(url, path) for _ in range(1 + _ROUNDS))
                print(f"{name:<26}{first:>10.0f}{median(others):>13.0f}")


def _milliseconds(url: str, path: str) -> float:
    """Ask for a page with the cookie that the URL gives."""
    parts = urlsplit(url)
    cookie = f"inspetor-{parts.port}={parts.query.partition('=')[2]}"
    with closing(HTTPConnection(parts.netloc, timeout=60)) as connection:
        began = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie})
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            message = f"{path}: {response.status}"
            raise RuntimeError(message)
        return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
