"""A process that answers deliveries with one variant's handler; benchmarks.processes starts and feeds it.

`python -m benchmarks.worker MODULE` reads one order as a JSON line from standard input at a time, and writes
one line about what it took.
"""

import gc
import importlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.payloads import contato, event


class Context:
    """Lambda's context, with all the time of one invocation."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def get_remaining_time_in_millis(self) -> int:
        """Give what is left of API Gateway's 30 seconds."""
        return int(30_000 - 1000 * (time.monotonic() - self._began))


def main() -> None:
    """Answer orders until standard input ends."""
    reports = os.fdopen(os.dup(1), "w")
    # The handlers log to standard output; what that costs is theirs, where it goes is not measured.
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - open as long as the process
    handler = importlib.import_module(sys.argv[1]).handler
    for line in sys.stdin:
        order = json.loads(line)
        delivery = _delivery(order)
        gc.collect()
        context = Context()
        wall, processor = time.perf_counter(), time.process_time()
        answer = handler(delivery, context)
        processor, wall = time.process_time() - processor, time.perf_counter() - wall
        report = {"status": answer["statusCode"], "wall": wall, "processor": processor, "peak_mb": _peak_mb()}
        print(json.dumps(report), file=reports, flush=True)


def _peak_mb() -> float:
    """Give the most memory that this process has had so far."""
    try:
        # ru_maxrss begins with what the process had that started this one.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # macOS: bytes


def _delivery(order: dict[str, Any]) -> dict[str, Any]:
    """Write the contatos that the order names, in its order: `{"runs": [[first id, how many, job], …]}`."""
    return event(
        contato(number, job) for first, count, job in order["runs"] for number in range(first, first + count)
    )


if __name__ == "__main__":
    main()
