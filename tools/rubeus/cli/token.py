"""`rubeus token`."""

import time
from typing import TYPE_CHECKING

import click

from rubeus.cli.arguments import another, on_a_stack
from rubeus.cli.command import Group, examples
from rubeus.errors import CommandError

if TYPE_CHECKING:
    from models.clock import Clock
    from rubeus.stack.target import Target

_WHAT_TO_DO = """
The old URL is still valid. In Rubeus (Integrações → Webhooks), at each of the
six triggers, and in every automation flow with an HTTP action that has the old
URL:

  1. Paste the new URL; where the old one ended in a kind (/contato, …), so must
     the new one.
  2. Press Testar.

When no delivery has come with the old URL for some days (metric PreviousToken,
namespace Rubeus):
"""


@click.group(cls=Group, no_args_is_help=False)
def token() -> None:
    """Change the token in the URL that is pasted into Rubeus."""


@token.command(epilog=examples("rubeus token rotate --stack rubeus-webhook --region sa-east-1"))
@click.option("--force", is_flag=True, help="Even if an old URL is still valid, which then is no more.")
@on_a_stack
@click.pass_obj
def rotate(clock: "Clock | None", target: "Target", *, force: bool, as_json: bool) -> int:
    """Make a new URL and print it; the old one stays valid until `retire`.

    It is printed once the functions that run take it. As JSON: {"url"}.
    """
    from aws.token import ASK_AGAIN_SECONDS, FRESH_SECONDS
    from rubeus.cli.words import print_json
    from rubeus.operating.token import PreviousTokenError
    from rubeus.operating.token import rotate as change
    from rubeus.reading.token import webhook_url

    base = target.api_url
    try:
        new = change(target.secretsmanager, target.ids["TokenSecret"], force=force)
    except PreviousTokenError as error:
        message = (
            f"{error}: `{another('token retire')}` first, when nobody uses it any more; or --force, and it is"
            f" refused in {FRESH_SECONDS // 60} minutes at the latest"
        )
        raise CommandError(message) from error
    # A function that was just asked for an unknown token does not look this one up until then.
    (clock or time).sleep(ASK_AGAIN_SECONDS)
    url = webhook_url(base, new)
    if as_json:
        print_json({"url": url})
        return 0
    click.echo(url)
    click.echo(_WHAT_TO_DO)
    click.echo(f"  {another('token retire')}")
    return 0


@token.command(epilog=examples("rubeus token retire --stack rubeus-webhook --region sa-east-1"))
@on_a_stack
def retire(target: "Target", *, as_json: bool) -> int:
    """Let nobody in with the old URL any more.

    As JSON: {"retired", "minutes"}: whether there was one, and for how long it may still be admitted.
    """
    from aws.token import FRESH_SECONDS
    from rubeus.cli.words import print_json, say
    from rubeus.operating.token import retire as forget

    retired = forget(target.secretsmanager, target.ids["TokenSecret"])
    minutes = FRESH_SECONDS // 60 if retired else 0
    if as_json:
        print_json({"retired": retired, "minutes": minutes})
    elif retired:
        say(f"The old URL is retired: functions that run already may admit it for {minutes} minutes more.")
    else:
        say("There is no old URL: only the present one is valid.")
    return 0
