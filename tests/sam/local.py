import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.sam.docker import free_port, has_ended

from rubeus.samples import EVENTS
from rubeus.stack.environment import REGION

ROOT = Path(__file__).parents[2]
SAM = Path(sys.prefix) / "bin" / "sam"
BUILT = ROOT / ".aws-sam" / "build" / "template.yaml"
LOOPBACK = "127.0.0.1"
# How containers name this machine: by itself with Docker Desktop, elsewhere by this option.
CONTAINERS_HOST = "host.docker.internal"
OPTION = ("--add-host", f"{CONTAINERS_HOST}:host-gateway")
VARIABLES = EVENTS / "local-env.json"
START_SECONDS = 60


def environment(**variables: str) -> dict[str, str]:
    """Give this process's environment for `sam`: nobody's account in it, and nothing told to anybody."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return mine | {
        "AWS_ACCESS_KEY_ID": "local",  # goes on to the function; the emulator keeps accounts apart
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
        **variables,
    }


@dataclass(frozen=True)
class SamLocal:
    """`sam local` for the built package, with an AWS that its containers reach at `endpoint`."""

    endpoint: str
    folder: Path

    def invoke(self, function: str, event: Path) -> dict[str, Any]:
        """Run `sam local invoke` on a file; gives what the function returns."""
        done = subprocess.run(  # noqa: S603 (arguments are the tests' own)
            [SAM, "local", "invoke", function, "--event", event, *self._options()],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    @contextmanager
    def api(self) -> Iterator[HTTPConnection]:
        """Run `sam local start-api`; gives a connection to it."""
        port = free_port()
        log = self.folder / "start-api.log"
        command = [SAM, "local", "start-api", "--host", LOOPBACK, "--port", str(port), *self._options()]
        with (
            log.open("w") as output,
            subprocess.Popen(command, env=environment(), stdout=output, stderr=output) as process,  # noqa: S603 (the same)
        ):
            try:
                deadline = time.monotonic() + START_SECONDS
                while "Running on http" not in log.read_text():
                    assert not has_ended(process, within=0.1), log.read_text()
                    assert time.monotonic() < deadline, log.read_text()
                yield HTTPConnection(LOOPBACK, port, timeout=60)
            finally:
                process.terminate()

    def _options(self) -> tuple[str | Path, ...]:
        assert BUILT.exists(), "run `make build` first"
        variables = self.folder / VARIABLES.name
        variables.write_text(re.sub(r"http://[^/\"]+", self.endpoint, VARIABLES.read_text()))
        return (
            *("--template", BUILT, "--env-vars", variables, "--region", REGION),
            *("--skip-pull-image", *OPTION),
        )
