"""The local stack put together: emulator, stores, and the functions behind HTTP and behind recovery."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from handlers.responses import too_large
from rubeus.stack.bridge import bridge
from rubeus.stack.child import HOST, listen
from rubeus.stack.emulator import emulator
from rubeus.stack.environment import REGION
from rubeus.stack.gateway import INTEGRATION_SECONDS, Gateway
from rubeus.stack.guard import OWN_HOSTS, guarded_wsgi
from rubeus.stack.recovery import recovery
from rubeus.stack.request_line import request_line
from rubeus.stack.server import Server
from rubeus.stack.stores import create_stores, read_token
from rubeus.stack.supervisor import Supervisor
from rubeus.stack.template import function_environment, functions, read_template, routes

WEBHOOK = "rubeus-local-webhook"
RECOVERY = "rubeus-local-recovery"


@dataclass(frozen=True)
class LocalStack:
    """Where everything is; `url` is what goes into Rubeus.

    `lambda_endpoint` takes Lambda's Invoke; `worker_pid` is the process that runs the functions first. When
    it dies, another comes back at the same endpoint.
    """

    url: str
    aws_endpoint: str
    lambda_endpoint: str
    worker_pid: int
    region: str
    records_table: str
    deliveries_table: str
    records_queue_url: str
    recovery_queue_url: str

    def as_dict(self) -> dict[str, str | int]:
        """Give the fields by name."""
        return asdict(self)


@dataclass(frozen=True)
class Options:
    """How to run the local stack.

    Attributes
    ----------
    port, aws_port
        Ports of the receiver and of the emulated AWS; 0 picks a free one.
    token
        Token in the URL. None keeps that of an earlier run, or takes `token-local`.
    data
        Folder that keeps what is stored. None keeps nothing.
    expose
        Another address at which the emulated AWS is reached; see `bridge`.
    allow_hosts
        More names by which the ports may be reached; see `rubeus.stack.guard`.
    recovery_seconds
        How often open deliveries are looked for, and from which age on they are taken.
    """

    port: int = 0
    aws_port: int = 0
    token: str | None = None
    data: Path | None = None
    expose: str | None = None
    allow_hosts: tuple[str, ...] = ()
    recovery_seconds: int = 60

    @property
    def hosts(self) -> list[str]:
        """Give the names by which the ports may be reached, lower case."""
        exposed = [self.expose] if self.expose else []
        return [host.lower() for host in (*OWN_HOSTS, *exposed, *self.allow_hosts)]


@contextmanager
def local_stack(
    options: Options,
    log: int | IO[Any],
    tell: Callable[[str], None] = lambda _: None,
    on_end: Callable[[], None] = lambda: None,
) -> Iterator[LocalStack]:
    """Run the receiver on this machine for as long as the context lasts.

    Parameters
    ----------
    options
        Ports, token, and so on.
    log
        Where the functions' log lines go: a file, or what else `subprocess` takes as a standard output.
    tell
        Takes a line for each request, from several threads.
    on_end
        Called, in a thread, when the stack cannot go on: who leaves the context then is told why.

    Raises
    ------
    CommandError
        When a port is taken, the folder cannot be had, one of the processes or the stores do not come up, or
        something could not be saved.
    """

    def answered(status: int, answer: Any) -> None:  # noqa: ANN401 (what the gateway left)
        tell(request_line(datetime.now(UTC), status, answer))

    template = read_template()
    with ExitStack() as context:
        listener = context.enter_context(listen(options.port, "--port"))  # before anything is started
        endpoint = context.enter_context(emulator(options.aws_port, options.data, options.hosts, on_end))
        if options.expose is not None:
            context.enter_context(bridge(options.expose, int(endpoint.rpartition(":")[2])))
        api_url = f"http://{HOST}:{listener.getsockname()[1]}"
        ids = create_stores(template, endpoint, options.token, api_url)
        variables = function_environment(template, ids) | {
            "AWS_ENDPOINT_URL": endpoint,
            "RECOVER_AFTER_SECONDS": str(options.recovery_seconds),
        }
        worker = Supervisor(variables, options.hosts, log)
        context.enter_context(worker.running())
        recover = partial(worker.invoke, RECOVERY, seconds=functions(template)[RECOVERY].seconds)
        context.enter_context(recovery(recover, endpoint, ids["RecoveryQueue"], options.recovery_seconds))
        receive = partial(worker.invoke, WEBHOOK, seconds=INTEGRATION_SECONDS)
        gateway = guarded_wsgi(Gateway(receive, routes(template), too_large()), options.hosts)
        context.enter_context(Server(listener, gateway, answered).running())
        yield LocalStack(
            url=f"{api_url}/webhook/{read_token(endpoint, ids['TokenSecret'])}",
            aws_endpoint=endpoint,
            lambda_endpoint=worker.endpoint,
            worker_pid=worker.pid,
            region=REGION,
            records_table=ids["RecordsTable"],
            deliveries_table=ids["DeliveriesTable"],
            records_queue_url=ids["RecordsQueue"],
            recovery_queue_url=ids["RecoveryQueue"],
        )
