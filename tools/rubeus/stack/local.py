"""The local stack put together: emulator, stores, and the functions behind HTTP and behind recovery."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from handlers.responses import too_large
from rubeus.stack.bridge import bridge
from rubeus.stack.child import HOST
from rubeus.stack.emulator import REGION, claim_port, emulator
from rubeus.stack.gateway import INTEGRATION_SECONDS, Gateway
from rubeus.stack.recovery import recovery
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
        Address at which the emulated AWS is reached besides; see `bridge`.
    recovery_seconds
        How often open deliveries are looked for, and from which age on they are taken.
    """

    port: int = 0
    aws_port: int = 0
    token: str | None = None
    data: Path | None = None
    expose: str | None = None
    recovery_seconds: int = 60


@contextmanager
def local_stack(options: Options, log: int | IO[Any]) -> Iterator[LocalStack]:
    """Run the receiver on this machine for as long as the context lasts.

    Parameters
    ----------
    options
        Ports, token, and so on.
    log
        Where the functions' log lines go: a file, or what else `subprocess` takes as a standard output.

    Raises
    ------
    CommandError
        When a port is taken, the folder cannot be made, or one of the processes or the stores do not come up.
    """
    claim_port(options.port)  # before anything is started
    template = read_template()
    with ExitStack() as context:
        endpoint = context.enter_context(emulator(options.aws_port, options.data))
        if options.expose is not None:
            context.enter_context(bridge(options.expose, int(endpoint.rpartition(":")[2])))
        ids = create_stores(template, endpoint, options.token)
        variables = function_environment(template, ids) | {
            "AWS_ENDPOINT_URL": endpoint,
            "RECOVER_AFTER_SECONDS": str(options.recovery_seconds),
        }
        worker = Supervisor(variables, log)
        context.enter_context(worker.running())
        recover = partial(worker.invoke, RECOVERY, seconds=functions(template)[RECOVERY].seconds)
        context.enter_context(recovery(recover, endpoint, ids["RecoveryQueue"], options.recovery_seconds))
        receive = partial(worker.invoke, WEBHOOK, seconds=INTEGRATION_SECONDS)
        gateway = Gateway(options.port, receive, routes(template), too_large())
        context.enter_context(gateway.running())
        yield LocalStack(
            url=f"http://{HOST}:{gateway.server_port}/webhook/{read_token(endpoint, ids['TokenSecret'])}",
            aws_endpoint=endpoint,
            lambda_endpoint=worker.endpoint,
            worker_pid=worker.pid,
            region=REGION,
            records_table=ids["RecordsTable"],
            deliveries_table=ids["DeliveriesTable"],
            records_queue_url=ids["RecordsQueue"],
            recovery_queue_url=ids["RecoveryQueue"],
        )
