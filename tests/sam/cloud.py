"""An AWS to deploy to: ministack with all services that the template needs, which checks every permission."""

import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sam.docker import cannot_test, free_port

from rubeus.stack.child import HOST, is_up, stop, stop_with_parent
from rubeus.stack.environment import REGION

PYTHON = "3.13"  # the package's compiled parts load in no other
SERVICES = (
    *("apigateway", "cloudformation", "dynamodb", "events", "iam", "kms", "lambda", "logs", "monitoring"),
    *("s3", "scheduler", "secretsmanager", "sns", "sqs", "sts"),
)
DOMAIN = f"{REGION}.amazonaws.com"  # of the deployed APIs, as in the stack's output


@contextmanager
def cloud(log: Path) -> Iterator[str]:
    """Run it for as long as the context lasts; gives the URL for all services."""
    port = free_port()
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 (our own words)
            [sys.executable, "-m", "tests.sam.cloud", _function_python()],
            env=_environment(port),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
        try:
            assert is_up(process, port, "/_ministack/ready"), log.read_text()
            yield f"http://{HOST}:{port}"
        finally:
            stop(process)


def _function_python() -> str:
    found = subprocess.run(  # noqa: S603 (our own words)
        [Path(sys.prefix) / "bin" / "uv", "python", "find", PYTHON],
        env=os.environ | {"PYENV_VERSION": PYTHON},
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        cannot_test(f"no Python {PYTHON} on this machine, and no other can load the package")
    return found.stdout.strip()


def _environment(port: int) -> dict[str, str]:
    endpoint = f"http://{HOST}:{port}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MINISTACK_"))}
    return kept | {
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": "local",  # who may do everything
        "AWS_SECRET_ACCESS_KEY": "local",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "MINISTACK_HOST": DOMAIN,
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "0",
        "PYTHONPATH": os.pathsep.join(sys.path),  # for this module; a function gets none of it
        "SERVICES": ",".join(SERVICES),
        # A function inherits these. Of the template's AWS_ENDPOINT_URL, which is empty, it would go to AWS.
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": endpoint,
        "AWS_ENDPOINT_URL_SQS": endpoint,
    }


if __name__ == "__main__":
    stop_with_parent()
    del os.environ["PYTHONPATH"]
    sys.executable = sys.argv.pop()  # what ministack runs functions with
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
