"""`rubeus serve`."""

from pathlib import Path

import click

from rubeus.cli.arguments import (
    DEFAULT_AWS_PORT,
    DEFAULT_INSPECTOR_PORT,
    Address,
    Token,
    port,
)
from rubeus.cli.command import Command, examples

_EPILOG = examples("rubeus serve", "rubeus serve --data ~/rubeus --port 8080", "rubeus serve --json")


@click.command(cls=Command, epilog=_EPILOG)
@port("--port", 3000, "Of the receiver; 0: any free one.")
@port("--aws-port", DEFAULT_AWS_PORT, "Of the emulated AWS; 0: any free one.")
@click.option(
    "--token",
    type=Token(),
    help="In the URL.  [default: that of the earlier run in DIR, else token-local]",
)
@click.option(
    "--data",
    type=click.Path(file_okay=True, path_type=Path),
    metavar="DIR",
    help="Folder that keeps what is stored for the next run.",
)
@click.option(
    "--expose",
    type=Address(),
    help="Also reach the emulated AWS at this address of the machine, such as 172.17.0.1 from containers.",
)
@click.option(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    help="Answer also when reached by this name, such as a tunnel's; may be given several times.",
)
@click.option(
    "--recovery",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    default=60,
    show_default=True,
    help="Look that often for deliveries left open, and take those that are that old.",
)
@port(
    "--inspector-port",
    DEFAULT_INSPECTOR_PORT,
    "Of the inspector's pages; any free one where that is taken, or with --port 0.",
)
@click.option("--no-inspector", is_flag=True, help="Serve no pages.")
@click.option("--json", "as_json", is_flag=True, help="Print where everything is as one line of JSON.")
@click.option(
    "--verbose",
    is_flag=False,
    flag_value="-",
    metavar="[FILE]",
    help="Show the functions' log lines too, on standard error or in FILE.",
)
def serve(
    *,
    port: int,
    aws_port: int,
    token: str | None,
    data: Path | None,
    expose: str | None,
    allow_host: tuple[str, ...],
    recovery: int,
    inspector_port: int,
    no_inspector: bool,
    as_json: bool,
    verbose: str | None,
) -> int:
    """Run the receiver with an emulated AWS, and the pages that show what arrives, until Ctrl-C."""
    from rubeus.cli.inspecting import beside
    from rubeus.stack.local import Options
    from rubeus.stack.serve import serve as run

    options = Options(
        port=port,
        aws_port=aws_port,
        token=token,
        data=data,
        expose=expose,
        allow_hosts=allow_host,
        recovery_seconds=recovery,
    )
    pages = None if no_inspector else beside(inspector_port if port else 0)
    return run(options, as_json=as_json, verbose=verbose, beside=pages)
