"""`rubeus doctor`."""

from typing import TYPE_CHECKING

import click

from rubeus.cli.arguments import KINDS
from rubeus.cli.command import Command, examples

if TYPE_CHECKING:
    from rubeus.calling.doctor import Finding

_SECONDS = click.FloatRange(min=0, min_open=True)


@click.command(
    cls=Command, epilog=examples("rubeus doctor https://….execute-api.sa-east-1.amazonaws.com/webhook/…")
)
@click.argument("url", metavar="URL")
@click.option(
    "--timeout",
    type=_SECONDS,
    metavar="SECONDS",
    default=30.0,
    show_default=True,
    help="Wait that long for an answer.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor(*, url: str, timeout: float, as_json: bool) -> int:
    """Say what is wrong with a URL for Rubeus, and what to mend.

    Looks for spaces, https, the name, the port, the certificate, a redirect, the slashes, path and kind, the
    token and how long it takes; then shows what Rubeus's dialog would. It posts an empty body, as a
    connection test does. URL between quotes. Ends with 1 where something is to be mended.
    As JSON: {"findings": [{"check", "says", "mend"}], "status", "answer"}.
    """
    from rubeus.calling.dialog import dialog
    from rubeus.calling.doctor import Doctor
    from rubeus.cli.words import print_json, say, say_lines

    patient = Doctor(url, kinds=KINDS, timeout=timeout)
    findings = []
    for each in patient.examine():
        findings.append(each)
        if not as_json:
            say(f"{'✗' if each.mend else '✓'} {each.check:<11}  {each.says}", hanging=" " * 15)
    answer = patient.answer
    if as_json:
        print_json(_document(findings, answer.status if answer else None, answer.text if answer else None))
    else:
        if answer:
            click.echo()
            say_lines(dialog(answer.status, answer.text))
        wrong = [each for each in findings if each.mend]
        click.echo()
        click.echo("To mend:" if wrong else "Nothing to mend.")
        for each in wrong:
            say(f"{each.check}: {each.mend}", "  ", "  ")
    return int(any(each.mend for each in findings))


def _document(findings: "list[Finding]", status: int | None, answer: str | None) -> dict[str, object]:
    return {
        "findings": [{"check": each.check, "says": each.says, "mend": each.mend} for each in findings],
        "status": status,
        "answer": answer,
    }
