"""Starts the stand-in and the workers, each on a processor of its own, and talks with them."""

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

ROOT = Path(__file__).parents[1]
_BUILT = Path(".aws-sam", "build", "WebhookFunction")
PACKAGE = ROOT / _BUILT

_STAND_IN_PROCESSOR = 1
_WORKER_PROCESSOR = 0

_SETTINGS = {
    "RECORDS_TABLE": "rubeus-records",
    "DELIVERIES_TABLE": "rubeus-deliveries",
    "TOKEN_SECRET": "rubeus-token",
    "RETENTION_DAYS": "30",
    "QUARANTINE_RETENTION_DAYS": "90",
    "RECOVER_AFTER_SECONDS": "300",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    # Lambda's credentials always have one, and it is signed.
    "AWS_SESSION_TOKEN": "test",
    "AWS_REGION": "sa-east-1",
    "AWS_DEFAULT_REGION": "sa-east-1",
    # Nothing of the machine's own configuration.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    # The same order of sets in every process.
    "PYTHONHASHSEED": "0",
}


class Runtime(NamedTuple):
    """A Python, and the folders from which it imports before its own."""

    name: str
    command: Sequence[str]
    path: Sequence[Path]


def checkout() -> Runtime:
    """Give this Python with its site-packages, and src/ as it stands."""
    return Runtime("checkout", [sys.executable], [*_tried(), ROOT / "src"])


def package(root: Path = ROOT) -> Runtime:
    """Give Lambda's Python with the package of a checkout, which is built where it is missing."""
    if not (built := root / _BUILT).is_dir():
        subprocess.run(["make", "build"], cwd=root, check=True, stdout=sys.stderr)  # noqa: S607 - whichever make
    return Runtime("package", [_lambdas_python(), "-S", "-s"], [*_tried(), built])


def _lambdas_python() -> str:
    (version,) = set(
        re.findall(r"Runtime: python(\S+)", (ROOT / "template.yaml").read_text(encoding="utf-8"))
    )
    found = subprocess.run(  # noqa: S603 - our own words
        [Path(sys.prefix) / "bin" / "uv", "python", "find", version],
        env=os.environ | {"PYENV_VERSION": version},
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout.strip()


def _tried() -> list[Path]:
    """Give what PYTHONPATH says: `PYTHONPATH=src` tries these sources with the package's libraries."""
    return [ROOT / each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]


def environment(url: str, path: Sequence[Path]) -> dict[str, str]:
    """Give the whole environment of a worker: where the services are, and from where it imports."""
    queues = {f"{name}_QUEUE_URL": f"{url}/000000000000/{name.lower()}" for name in ("RECORDS", "RECOVERY")}
    pythonpath = os.pathsep.join(map(str, path))
    return {**_SETTINGS, **queues, "AWS_ENDPOINT_URL": url, "PYTHONPATH": pythonpath}


def pin(process: int, processor: int) -> None:
    """Let a process run on one processor only, where the system can do that and has as many."""
    if hasattr(os, "sched_setaffinity"):
        usable = sorted(os.sched_getaffinity(0))
        if processor < len(usable):
            os.sched_setaffinity(process, {usable[processor]})


class Child:
    """A process that answers each line with a line of JSON, and ends when its standard input is closed."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], processor: int) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own words
            command, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        pin(self.process.pid, processor)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.close()

    def close(self) -> None:
        """End the process."""
        self.process.communicate(timeout=30)

    def read(self) -> Any:  # noqa: ANN401 - any JSON
        """Read the next line of its output."""
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            message = f"{self.process.args!r} ended"
            raise RuntimeError(message)
        return json.loads(line)

    def write(self, order: object) -> None:
        """Write a line to its input."""
        if self.process.stdin:
            print(json.dumps(order), file=self.process.stdin, flush=True)


class StandIn(Child):
    """The stand-in for the services; see benchmarks.stand_in.

    Parameters
    ----------
    certificate
        A PEM file with certificate and key; with it `https_url` is served too.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        extra = ["--certificate", str(certificate)] if certificate else []
        command = [sys.executable, "-m", "benchmarks.stand_in", *extra]
        super().__init__(command, os.environ, _STAND_IN_PROCESSOR)
        self.port, *more = self.read()
        self.url = f"http://127.0.0.1:{self.port}"
        self.https_url = f"https://localhost:{more[0]}" if more else ""
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port)

    def control(self, **orders: object) -> dict[str, Any]:
        """Order something; give the counts since the order before."""
        self._connection.request("POST", "/control", json.dumps(orders))
        answer: dict[str, Any] = json.loads(self._connection.getresponse().read())
        return answer

    def close(self) -> None:
        """End it."""
        self._connection.close()
        super().close()


class Worker(Child):
    """A process that answers deliveries with the handler of a module; see benchmarks.worker.

    Parameters
    ----------
    url
        Where the services are.
    more
        Environment variables besides.
    """

    def __init__(self, runtime: Runtime, module: str, url: str, **more: str) -> None:
        command = [*runtime.command, "-m", "benchmarks.worker", module]
        super().__init__(command, environment(url, runtime.path) | more, _WORKER_PROCESSOR)

    def deliver(self, runs: Sequence[Sequence[object]]) -> dict[str, Any]:
        """Let it answer one delivery of these contatos: first id, how many, job."""
        self.write({"runs": runs})
        report: dict[str, Any] = self.read()
        return report
