"""`python -m benchmarks.exporting`: what it costs to write contatos, from a store that answers at once."""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks.payloads import contato
from models.clock import day
from models.exact_json import loads
from models.record import Key
from rubeus.export.collecting import Collection
from rubeus.export.files import Table, write_lines
from rubeus.reading.record_state import RecordState

_TODAY = datetime.now(UTC)
_DELIVERY = "01a20d0f-e4c3-7a02-883e-566a04cfdb0a"


class AtOnce:
    """Stands in for `rubeus.reading.records.Records`: all contatos came today; of 1,000 contents."""

    clock = time

    def __init__(self, count: int) -> None:
        self._count = count
        self._contents: list[Any] = [loads(contato(number)) for number in range(1, 1001)]

    def days_since(self, since: datetime) -> Sequence[str]:
        """Give today."""
        return [day(max(since, _TODAY))]

    def receipts_of_day(self, kind: str, _day: str) -> Iterator[tuple[Key, datetime]]:
        """Give all contatos."""
        return ((Key(kind, str(number)), _TODAY) for number in range(1, self._count + 1))

    def current(self, keys: Iterator[Key]) -> Iterator[RecordState]:
        """Give their states."""
        for key in keys:
            data = self._contents[int(key.id) % 1000]
            yield RecordState(key, 1, _TODAY, f"{key.id}#00000", _DELIVERY, "", (), data)


def main() -> None:
    """Write one format in this process; print seconds and the most memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exporting", description=__doc__)
    parser.add_argument("format", choices=("xlsx", "csv", "jsonl"))
    parser.add_argument("--records", type=int, default=100_000)
    options = parser.parse_args()
    store: Any = AtOnce(options.records)
    before = time.perf_counter(), time.process_time()
    baseline = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    states = Collection(store, "contato").states()
    with tempfile.TemporaryFile() as file:
        if options.format == "jsonl":
            count = write_lines(file, states, raw=False)
        else:
            count = Table("contato", options.format).write(file, states)
        size = file.tell()
    wall, cpu = time.perf_counter() - before[0], time.process_time() - before[1]
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{count} {options.format}: {wall:.1f} s ({cpu:.1f} s of processor), {size / 1e6:.0f} MB, "
        f"memory {most // 1024} MB (with nothing exported {baseline // 1024})"
    )


main()
