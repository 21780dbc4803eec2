"""How much memory the largest bodies take: `python -m benchmarks.memory`; see docs/performance.md.

Each body is received by a process of its own, on stores that take everything, as is and at sixteen calls at a
time.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

import handlers  # noqa: F401 - for how it has Python look for garbage
from aws.records_table import RecordsTable
from ingest.fan_out import FanOut
from ingest.parse import parse
from ingest.ports import Stores
from models.deadline import Deadline
from models.delivery import Delivery, receive_at

LIMIT_MEGABYTES = 900


def _list(element: str, characters: int = 5_900_000) -> str:
    return "[" + ",".join([element] * (characters // (len(element) + 1))) + "]"


def _contatos(count: int, more: str) -> str:
    return "[" + ",".join(f'{{"id":"{n}","nome":"Ana","cpf":null,"x":{more}}}' for n in range(count)) + "]"


def _registros(count: int, contatos: str) -> str:
    return "[" + ",".join(f'{{"id":"{n}","processo":{{}},"contatos":{contatos}}}' for n in range(count)) + "]"


BODIES: Mapping[str, Callable[[], tuple[str, str]]] = {
    "three million integers": lambda: ("contato", _contatos(1, _list("1"))),
    "290 records of 10,000 integers": lambda: ("contato", _contatos(290, _list("1", 20_000))),
    "10,000 records": lambda: ("contato", _contatos(10_000, '"' + "a" * 500 + '"')),
    "6,000 registros of 95 contatos": lambda: (
        "registro_processo",
        _registros(6_000, "[" + ",".join(f'{{"id":{n}}}' for n in range(95)) + "]"),
    ),
    "two million empty lists": lambda: ("contato", _contatos(1, _list("[]"))),
    "a text of 5.8 MB": lambda: ("contato", _contatos(1, '"' + "\u00e9" * 2_900_000 + '"')),
}


class _Clock:
    def __init__(self) -> None:
        self.time_ns, self.monotonic, self.sleep = lambda: 10**18, lambda: 0.0, lambda _: None


def _measure(name: str) -> None:
    kind, body = BODIES[name]()

    def take(**parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the calls below
        json.dumps(parameters, default=str)  # as a call does
        return {"Responses": {}, "UnprocessedItems": {}}

    client: Any = SimpleNamespace(batch_get_item=take, batch_write_item=take, transact_write_items=take)
    client.exceptions = SimpleNamespace(TransactionCanceledException=ValueError)
    pool = ThreadPoolExecutor(16)
    messages = SimpleNamespace(publish=lambda *_: {})
    stores = Stores(
        cast("Any", None),
        RecordsTable(client, "records", pool),
        cast("Any", messages),
        cast("Any", None),
        pool,
    )
    identifier, received_at = receive_at(10**18, bytes(8))
    delivery = Delivery(identifier, received_at, body.encode(), "", kind)
    del body
    fan_out = FanOut(delivery, parse(delivery).records, stores, Deadline.after(3600, _Clock()))
    fan_out.read()
    fan_out.run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:<40} {len(fan_out.changes):>6} records {peak:>6.0f} MB")
    sys.exit(peak > LIMIT_MEGABYTES)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _measure(sys.argv[1])
    command = [sys.executable, "-m", "benchmarks.memory"]
    sys.exit(sum(subprocess.run([*command, name], check=False).returncode for name in BODIES))  # noqa: S603 - ours
