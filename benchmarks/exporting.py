"""`python -m benchmarks.exporting`: what it costs to write contatos, from a store that answers at once."""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.payloads import contato
from models.clock import day
from models.exact_json import loads
from models.record import Key
from rubeus.export.collecting import Collection
from rubeus.export.files import Table, write_lines
from rubeus.reading.record_state import RecordState

# What came in the last seconds would be read twice.
_RECEIVED = datetime.now(UTC) - timedelta(minutes=1)
_DELIVERY = "01a20d0f-e4c3-7a02-883e-566a04cfdb0a"

_MOST_SECONDS = {"xlsx": 20, "csv": 3}
_MOST_MEGABYTES = 400


class AtOnce:
    """Stands in for `rubeus.reading.records.Records`: all contatos came today; of 1,000 contents."""

    clock = time

    def __init__(self, count: int) -> None:
        self._count = count
        self._contents: list[Any] = [loads(contato(number)) for number in range(1, 1001)]

    def days_since(self, since: datetime) -> Sequence[str]:
        """Give today."""
        return [day(max(since, _RECEIVED))]

    def receipts_of_day(self, kind: str, _day: str) -> Iterator[tuple[Key, datetime]]:
        """Give all contatos."""
        return ((Key(kind, str(number)), _RECEIVED) for number in range(1, self._count + 1))

    def current(self, keys: Iterator[Key]) -> Iterator[RecordState]:
        """Give their states."""
        for key in keys:
            data = self._contents[int(key.id) % 1000]
            yield RecordState(key, 1, _RECEIVED, f"{key.id}#00000", _DELIVERY, "", (), data)


def main() -> int:
    """Write one format in this process; print seconds and the most memory; 1 if it is over a limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exporting", description=__doc__)
    parser.add_argument("format", choices=("xlsx", "csv", "jsonl"))
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--masked", action="store_true", help="as without --reveal")
    options = parser.parse_args()
    store: Any = AtOnce(options.records)
    baseline = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    before = time.perf_counter(), time.process_time()
    states = Collection(store, "contato").states()
    with tempfile.TemporaryFile() as file:
        if options.format == "jsonl":
            count = write_lines(file, states, raw=False, reveal=not options.masked)
        else:
            count = Table("contato", options.format).write(file, states, reveal=not options.masked)
        size = file.tell()
    wall, cpu = time.perf_counter() - before[0], time.process_time() - before[1]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count} {options.format}{', masked' if options.masked else ''}: "
        f"{wall:.1f} s ({cpu:.1f} s of processor, of one process), {size / 1e6:.0f} MB, "
        f"memory {memory:.0f} MB (with nothing exported {baseline / 1024:.0f})"
    )
    return _judge("s", wall, _MOST_SECONDS.get(options.format)) | _judge("MB", memory, _MOST_MEGABYTES)


def _judge(unit: str, found: float, most: float | None) -> int:
    if most is None:
        return 0
    print(f"  {'holds' if found < most else 'OVER'}: under {most} {unit}")
    return int(found >= most)


if __name__ == "__main__":
    sys.exit(main())
