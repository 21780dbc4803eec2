"""The command line of `rubeus`."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rubeus.arguments import add_deliveries, add_queue, add_token, address, has_filters, port, seconds, token
from rubeus.errors import CommandError

if TYPE_CHECKING:
    from rubeus.selection import Selection


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv
        Arguments without the program's name; the process's own by default.

    Returns
    -------
    int
        0 done, 1 failed (the reason is on standard error), 130 interrupted. Wrong arguments exit with 2.
    """
    arguments = _parser().parse_args(argv)
    try:
        return _run(arguments)
    except CommandError as error:
        print(f"rubeus {arguments.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: argparse.Namespace) -> int:
    # Imported when run: boto3 and the models take half a second, which `--help` need not wait for.
    if arguments.command == "serve":
        from rubeus.serve import serve  # noqa: PLC0415
        from rubeus.stack.local import Options  # noqa: PLC0415

        options = Options(
            port=arguments.port,
            aws_port=arguments.aws_port,
            token=arguments.token,
            data=arguments.data,
            expose=arguments.expose,
            allow_hosts=tuple(arguments.allow_host),
            recovery_seconds=arguments.recovery,
        )
        return serve(options, as_json=arguments.json, verbose=arguments.verbose)
    if arguments.command == "demo":
        from rubeus.demo import demo  # noqa: PLC0415

        return demo(verbose=arguments.verbose)
    if arguments.command in ("deliveries", "queue"):
        return _operate(arguments)
    if arguments.command == "token":
        return _change_token(arguments)
    from rubeus.url import url  # noqa: PLC0415

    return url(stack=arguments.stack, region=arguments.region)


def _operate(arguments: argparse.Namespace) -> int:
    """Run a command on the stores of a stack."""
    if arguments.action == "replay" and arguments.ids and has_filters(arguments):
        arguments.usage_error("the filters are for --all")

    from rubeus.target import connect  # noqa: PLC0415

    target = connect(stack=arguments.stack, region=arguments.region, aws_port=arguments.aws_port)
    if arguments.action == "redrive":
        from rubeus.redrive import QUEUES, redrive  # noqa: PLC0415

        queues = QUEUES if arguments.queue == "all" else (arguments.queue,)
        return redrive(target, queues, as_json=arguments.json)
    if arguments.action == "show":
        from rubeus.show import show  # noqa: PLC0415

        return show(target, arguments.id, reveal=arguments.reveal, as_json=arguments.json)
    if arguments.action == "replay":
        from rubeus.replay import replay  # noqa: PLC0415

        return replay(target, arguments.ids or _selection(arguments), as_json=arguments.json)
    from rubeus.deliveries import list_deliveries  # noqa: PLC0415

    return list_deliveries(target, _selection(arguments), arguments.limit, as_json=arguments.json)


def _change_token(arguments: argparse.Namespace) -> int:
    from rubeus.rotation import retire, rotate  # noqa: PLC0415
    from rubeus.target import connect  # noqa: PLC0415

    target = connect(stack=arguments.stack, region=arguments.region, aws_port=arguments.aws_port)
    if arguments.action == "retire":
        return retire(target, as_json=arguments.json)
    return rotate(target, local_port=arguments.port, force=arguments.force, as_json=arguments.json)


def _selection(arguments: argparse.Namespace) -> "Selection":
    from models.outcome import State  # noqa: PLC0415
    from rubeus.selection import Selection  # noqa: PLC0415

    return Selection(
        state=State(arguments.state) if arguments.state else None,
        day=getattr(arguments, "day", None),
        since=arguments.since,
        kind=arguments.kind,
        problem=arguments.problem,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rubeus",
        description="Run the receiver of Rubeus's webhooks on this machine, and help with a deployed one.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('rubeus-webhook')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the receiver with an emulated AWS, until Ctrl-C")
    serve.add_argument(
        "--port", type=port, default=3000, help="port of the receiver (default 3000; 0: any free one)"
    )
    serve.add_argument(
        "--aws-port",
        type=port,
        default=5000,
        help="port of the emulated AWS (default 5000; 0: any free one)",
    )
    serve.add_argument(
        "--token",
        type=token,
        help="token in the URL (default: that of the earlier run in DIR, else token-local)",
    )
    serve.add_argument(
        "--data", type=Path, metavar="DIR", help="folder that keeps what is stored for the next run"
    )
    serve.add_argument(
        "--expose",
        type=address,
        metavar="ADDRESS",
        help="also reach the emulated AWS at this address of the machine, such as 172.17.0.1 from containers",
    )
    serve.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer also when reached by this name, such as a tunnel's; may be given several times",
    )
    serve.add_argument(
        "--recovery",
        type=seconds,
        metavar="SECONDS",
        default=60,
        help="look that often for deliveries left open, and take those that are that old (default 60)",
    )
    serve.add_argument("--json", action="store_true", help="print where everything is as one line of JSON")
    serve.add_argument(
        "--verbose",
        nargs="?",
        const="-",
        metavar="FILE",
        help="show the functions' log lines too, on standard error or in FILE",
    )

    demo = commands.add_parser(
        "demo", help="post every sample and show the answers, the records and the messages"
    )
    demo.add_argument(
        "--verbose", action="store_true", help="show the function's log lines too, on standard error"
    )

    url = commands.add_parser("url", help="print the URL to paste into Rubeus, of a deployed stack")
    url.add_argument("--stack", required=True, metavar="NAME", help="name of the CloudFormation stack")
    url.add_argument("--region", help="its AWS region (default: that of your AWS configuration)")

    add_deliveries(commands)
    add_queue(commands)
    add_token(commands)
    return parser
