"""`python -m benchmarks.against CHECKOUT`: this checkout's package and another's, measured in one run.

Both are built by `make build` of their own. They answer deliveries of 1 and 1,000 new records in turn, over
HTTP and over TLS, 5 ms a call; then fresh processes of both give their first answer.
"""

import argparse
import statistics
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from benchmarks.certificates import Certificates, make_certificates
from benchmarks.cold import Start, start
from benchmarks.processes import ROOT, StandIn, Worker, package
from benchmarks.rounds import FIRST_FRESH, HANDLER, SERIES, Measured

_THIS, _OTHER = "this", "other"
_MILLISECONDS = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.against", description=__doc__)
    parser.add_argument("checkout", type=Path, help="another checkout of this repository")
    parser.add_argument("--rounds", type=int, default=15, help="for 1,000 records a third of them")
    options = parser.parse_args()
    roots = {_THIS: ROOT, _OTHER: options.checkout.resolve()}
    with tempfile.TemporaryDirectory() as folder:
        certificates = make_certificates(Path(folder))
        with StandIn(certificates.server) as stand_in:
            stand_in.control(milliseconds=_MILLISECONDS)
            for tls in (False, True):
                over = "TLS" if tls else "HTTP"
                for records, rounds in ((1, options.rounds), (1_000, options.rounds // 3)):
                    measured = _deliveries(roots, _where(stand_in, certificates, tls=tls), records, rounds)
                    print(_line(f"{records:,} new over {over}", measured), flush=True)
                measured = _first_answers(roots, _where(stand_in, certificates, tls=tls), options.rounds)
                print(_line(f"first answer over {over}", measured), flush=True)


def _where(stand_in: StandIn, certificates: Certificates, *, tls: bool) -> dict[str, str]:
    """Give the environment that leads to the stand-in."""
    if tls:
        return {"url": stand_in.https_url, "AWS_CA_BUNDLE": str(certificates.authorities)}
    return {"url": stand_in.url}


def _deliveries(
    roots: Mapping[str, Path], where: Mapping[str, str], records: int, rounds: int
) -> Mapping[str, Measured]:
    """Let both answer in turn; the first delivery of each, in which connections are made, does not count."""
    measured = {name: Measured() for name in roots}
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(Worker(package(root), HANDLER, **where)) for name, root in roots.items()
        }
        for number in range(rounds + 1):
            for name, worker in workers.items():
                took = worker.deliver(SERIES["new"](FIRST_FRESH + number * records, records))
                if took["status"] != 200:
                    message = f"{name}: {took}"
                    raise RuntimeError(message)
                if number:
                    measured[name].wall.append(took["wall"])
                    measured[name].processor.append(took["processor"])
    return measured


def _first_answers(
    roots: Mapping[str, Path], where: Mapping[str, str], rounds: int
) -> Mapping[str, Measured]:
    """Start both in turn; the first round only warms the file system's cache."""
    measured = {name: Measured() for name in roots}
    for number in range(rounds + 1):
        for name, root in roots.items():
            runtime = package(root)
            took = start(runtime, Start(HANDLER, list(runtime.path)), **where)
            if number:
                measured[name].wall.append(took.wall)
                measured[name].processor.append(took.processor)
    return measured


def _line(what: str, measured: Mapping[str, Measured]) -> str:
    this, other = measured[_THIS], measured[_OTHER]
    parts = [
        f"{name} {statistics.median(getattr(this, name)) * 1e3:.1f} ms, "
        f"{statistics.median(getattr(other, name)) * 1e3:.1f} before, ratio {this.ratio(other, name):.2f}"
        for name in ("wall", "processor")
    ]
    return f"{what:<24}{'; '.join(parts)}"


if __name__ == "__main__":
    main()
