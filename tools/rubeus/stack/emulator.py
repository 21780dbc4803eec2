"""ministack, the AWS emulator, as a child process on the loopback interface."""

import os
import runpy
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rubeus.errors import CommandError
from rubeus.stack.child import HOST, is_up, stop, stop_with_parent

REGION = "sa-east-1"


@contextmanager
def emulator(port: int, data: Path | None = None) -> Iterator[str]:
    """Run the emulator for as long as the context lasts.

    Parameters
    ----------
    port
        Port to listen on; 0 picks a free one.
    data
        Folder that keeps tables, queues and secrets from one run to the next. None keeps nothing.

    Yields
    ------
    str
        The endpoint URL for DynamoDB, SQS, Secrets Manager and CloudFormation.

    Raises
    ------
    CommandError
        When the port is taken, the folder cannot be made or the emulator does not come up.
    """
    port = claim_port(port)
    if data:
        _make_folder(data)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "rubeus.stack.emulator"],
            env=_environment(port, data),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches this process only, which stops the emulator last
        )
        try:
            if not is_up(process, port, "/_ministack/ready"):
                log.seek(0)
                reason = log.read().decode(errors="replace").strip().rpartition("\n")[2]
                message = f"the AWS emulator did not start on port {port}: {reason or 'no reason given'}"
                raise CommandError(message)
            yield f"http://{HOST}:{port}"
        finally:
            stop(process)


def claim_port(port: int) -> int:
    """Check that a port of the loopback interface is free; for 0, pick one.

    Raises
    ------
    CommandError
        When something listens there already.
    """
    with socket.socket() as probe:
        # What a server does: a port whose last connections are still in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            message = f"port {port} is not free; choose another, or 0 for any free one"
            raise CommandError(message) from error
        return int(probe.getsockname()[1])


def _make_folder(data: Path) -> None:
    """Make the folder now: ministack would find out only when it saves, and say nothing."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)  # for its owner alone: it holds people's records
    except OSError as error:
        message = f"{data} cannot be the folder for the data: {error.strerror}"
        raise CommandError(message) from error


def _environment(port: int, data: Path | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MINISTACK_"))}
    return kept | {
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",  # it would open a second port, on every interface
        "LOG_LEVEL": "ERROR",
        "MINISTACK_REGION": REGION,
        "SERVICES": "cloudformation,dynamodb,secretsmanager,sqs",
        "PERSIST_STATE": "1" if data else "0",
        "STATE_DIR": str(data.absolute()) if data else "",
    }


if __name__ == "__main__":
    stop_with_parent()  # gently: ministack saves what is stored
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
