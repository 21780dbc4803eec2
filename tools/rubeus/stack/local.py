"""The local stack put together: emulator, stores, and the real handler behind HTTP."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from rubeus.stack.emulator import HOST, REGION, claim_port, emulator
from rubeus.stack.gateway import Gateway
from rubeus.stack.stores import create_stores, read_token
from rubeus.stack.template import function_environment, read_template, routes


@dataclass(frozen=True)
class LocalStack:
    """Where everything is; `url` is what goes into Rubeus."""

    url: str
    aws_endpoint: str
    region: str
    records_table: str
    deliveries_table: str
    records_queue_url: str
    recovery_queue_url: str

    def as_dict(self) -> dict[str, str]:
        """Give the fields by name."""
        return asdict(self)


@contextmanager
def local_stack(
    *, port: int = 0, aws_port: int = 0, token: str | None = None, data: Path | None = None, log: TextIO
) -> Iterator[LocalStack]:
    """Run the receiver on this machine for as long as the context lasts.

    The handler runs in this process, whose environment becomes the function's: no AWS account, profile or
    proxy of the caller is left in it.

    Parameters
    ----------
    port, aws_port
        Ports of the receiver and of the emulated AWS; 0 picks a free one.
    token
        Token in the URL. None keeps that of an earlier run, or takes `token-local`.
    data
        Folder that keeps what is stored. None keeps nothing.
    log
        Where the function's log lines go: `sys.stdout` is this stream until the context ends.

    Raises
    ------
    CommandError
        When a port is taken, the folder cannot be made, or the emulator or the stores do not come up.
    """
    claim_port(port)  # before anything is started
    template = read_template()
    with emulator(aws_port, data) as endpoint:
        ids = create_stores(template, endpoint, token)
        _become_function(function_environment(template, ids) | {"AWS_ENDPOINT_URL": endpoint})
        # Logger and Metrics write to standard output, which is where Lambda wants it.
        with redirect_stdout(log):
            from handlers.replies import too_large  # noqa: PLC0415 (its environment is ready only now)
            from handlers.webhook import handler  # noqa: PLC0415
            from handlers.wiring import receiver  # noqa: PLC0415

            # Lambda gives a process one request at a time. Here a first burst would build it once for each.
            receiver()
            gateway = Gateway(port, handler, routes(template), too_large())
            path = f"/webhook/{read_token(endpoint, ids['TokenSecret'])}"
            with gateway.running():
                yield LocalStack(
                    url=f"http://{HOST}:{gateway.server_port}{path}",
                    aws_endpoint=endpoint,
                    region=REGION,
                    records_table=ids["RecordsTable"],
                    deliveries_table=ids["DeliveriesTable"],
                    records_queue_url=ids["RecordsQueue"],
                    recovery_queue_url=ids["RecoveryQueue"],
                )


def _become_function(variables: Mapping[str, str]) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ.update(
        variables,
        AWS_ACCESS_KEY_ID="local",
        AWS_SECRET_ACCESS_KEY="local",  # noqa: S106 (the emulator checks none)
        AWS_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
        AWS_CONFIG_FILE=os.devnull,  # a profile could name another endpoint
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_LAMBDA_FUNCTION_NAME="rubeus-local-webhook",
    )
