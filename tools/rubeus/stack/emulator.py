"""ministack, the AWS emulator, as a child process on the loopback interface."""

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from rubeus.errors import CommandError
from rubeus.stack.child import HOST, Child, listen
from rubeus.stack.environment import REGION
from rubeus.stack.folder import claimed, snapshot
from rubeus.stack.guard import OWN_HOSTS

# ministack takes many more from its environment, under names such as AUTH and USE_SSL.
_CALLERS = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")


@contextmanager
def emulator(
    port: int,
    data: Path | None = None,
    hosts: Collection[str] = OWN_HOSTS,
    on_end: Callable[[], None] = lambda: None,
) -> Iterator[str]:
    """Run the emulator for as long as the context lasts.

    Killed, it comes back with what its folder keeps; without a folder all is lost, and it does not.

    Parameters
    ----------
    port
        Port to listen on; 0 picks a free one.
    data
        Folder that keeps tables, queues and secrets from one run to the next. None keeps nothing.
    hosts
        The names that it answers to; see `rubeus.stack.guard`.
    on_end
        Called, in a thread, when it has ended and cannot come back: who leaves the context then is told why.

    Yields
    ------
    str
        The endpoint URL for DynamoDB, SQS, Secrets Manager and CloudFormation.

    Raises
    ------
    CommandError
        When the port is taken, the folder is another process's or cannot be made, the emulator does not come
        up, it ended and could not come back, or something could not be saved.
    """

    def comes_back(status: int) -> bool:
        if status < 0 and data and snapshot(data):
            print(f"rubeus: {_killed(status)}; it comes back with what {data} keeps", file=sys.stderr)
            return True
        listener.close()  # who waits there would wait for ever
        on_end()
        return False

    with ExitStack() as context:
        listener = context.enter_context(listen(port, "--aws-port"))
        port = int(listener.getsockname()[1])
        lock = [context.enter_context(claimed(data))] if data else []
        log = context.enter_context(tempfile.TemporaryFile())
        arguments = [str(data.absolute()) if data else "", *hosts]
        child = Child("rubeus.stack.emulating", arguments, listener, lambda: _environment(port, data), log)
        try:
            with child.running("/_ministack/ready", comes_back, lock):
                yield f"http://{HOST}:{port}"
        except ChildProcessError as error:
            message = f"the emulated AWS did not start on port {port}: {_last_line(log)}"
            raise CommandError(message) from error
        finally:
            if child.failure:
                raise CommandError(_why(child.failure, data, log))


def _environment(port: int, data: Path | None) -> Mapping[str, str]:
    kept = snapshot(data) if data else None
    return {name: os.environ[name] for name in _CALLERS if name in os.environ} | {
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",  # it would open a second port, on every interface
        "LOG_LEVEL": "ERROR",
        "MINISTACK_REGION": REGION,
        "SERVICES": "cloudformation,dynamodb,monitoring,secretsmanager,sqs,sts",
        "PERSIST_STATE": "1" if kept else "0",
        "STATE_DIR": str(kept.absolute()) if kept else "",
    }


def _why(status: int, data: Path | None, log: IO[bytes]) -> str:
    if status > 0:
        return f"what is stored cannot be saved in {data}: {_last_line(log)}" if data else _last_line(log)
    if data:
        return f"{_killed(status)}; {data} keeps what was saved before"
    return f"{_killed(status)}, and its data is lost; --data DIR would keep it"


def _killed(status: int) -> str:
    return f"the emulated AWS was killed ({signal.Signals(-status).name})"


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace").strip().rpartition("\n")[2] or "no reason given"
