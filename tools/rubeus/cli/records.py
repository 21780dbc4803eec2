"""`rubeus records`."""

from collections.abc import Callable, Sized
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from rubeus.cli.arguments import KINDS, Moment, on_a_stack, refusing, revealing
from rubeus.cli.command import Group, examples
from rubeus.cli.exporting import export
from rubeus.cli.identities import MESSAGE, by_identity
from rubeus.errors import CommandError

if TYPE_CHECKING:
    from rubeus.reading.records import By
    from rubeus.stack.target import Target

_GET = examples(
    "rubeus records get contato 341 --local",
    "rubeus records get contato 341 --as-of 2026-11-20 --stack rubeus-webhook",
    "rubeus records get contato 341 --reveal --reason 'ticket 812' --stack escola",
)
_FIND = examples(
    "rubeus records find --cpf 111.222.333-44 --local",
    "rubeus records find --email BIA@Example.com --stack rubeus-webhook",
)
_HISTORY = examples(
    "rubeus records history registro_processo 150 --local",
    "rubeus records history contato 341 --diff --local",
    "rubeus records history contato 341 --diff 1 3 --local",
)
_TIMELINE = examples("rubeus records timeline 635 --local")
_WHY = examples(
    "rubeus records why evento 934 --local", "rubeus records why --codigo COD156 --stack rubeus-webhook"
)
_NO_RECORD = "no such record; `rubeus records why` may know more"


@click.group(cls=Group, no_args_is_help=False)
def records() -> None:
    """Find a record, follow what became of it, say why one is not here, and export."""


records.add_command(export)


_kind = click.argument("kind", type=click.Choice(KINDS), metavar="KIND")
_id = click.argument("identifier", metavar="ID")


@records.command(epilog=_GET)
@_kind
@_id
@click.option("--as-of", type=Moment(), help="As it stood then, by what had come: RFC 3339, or a day.")
@revealing
@on_a_stack
def get(
    target: "Target", *, kind: str, identifier: str, as_of: datetime | None, reveal: bool, reason: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Show a record as it is now, or as it stood.

    KIND is contato, registro_processo, atividade, evento or fluxo. Personal data is masked. On AWS it needs
    dynamodb:BatchGetItem and dynamodb:Query on the records table; for --reveal dynamodb:PutItem on it and
    sts:GetCallerIdentity, too.
    """
    from models.record import Key
    from rubeus.cli import looking, states, words

    table, key = looking.records(target), Key(kind, identifier)
    found = table.get(key, as_of)
    if found is None:
        later = table.history(key) if as_of else ()
        first = later and f"not known by then; first received at {words.brasilia(later[0].received_at)}"
        raise CommandError(first or _NO_RECORD)
    if reveal:
        looking.trace(target, f"records get {kind} {identifier}", reason)
    return _print(partial(states.document, found), partial(states.say, found), reveal=reveal, as_json=as_json)


@records.command(epilog=_FIND)
@by_identity
@refusing(MESSAGE, lambda identity, **_: identity is None)
@revealing
@on_a_stack
def find(
    target: "Target", *, identity: tuple["By", str], reveal: bool, reason: str | None, as_json: bool
) -> int:
    """Say which contatos have this codigo, CPF or e-mail now.

    Those that share one are several people until somebody says otherwise: all are listed. On a stack a search
    leaves a trace. On AWS it needs what `get` needs, and dynamodb:Query on the table's indexes.
    """
    from rubeus.cli import looking, states

    by, text = identity
    found = looking.records(target).find(by, text)
    looking.trace(target, f"records find --{by}: {', '.join(each.key.id for each in found)}", reason)
    if not found:
        message = f"no contato has this {by}; `rubeus records why --{by}` may know more"
        raise CommandError(message)
    say = partial(states.say_found, found)
    return _print(partial(states.documents, "records", found), say, reveal=reveal, as_json=as_json)


@records.command(epilog=_HISTORY)
@_kind
@_id
@click.argument("between", nargs=-1, type=click.IntRange(min=1), metavar="[N M]")
@click.option("--diff", is_flag=True, help="What changed from version N to M, by default the last two.")
@refusing(
    "--diff takes two versions, or none.",
    lambda between, diff, **_: len(between) not in ((0, 2) if diff else (0,)),
)
@revealing
@on_a_stack
def history(
    target: "Target", *, kind: str, identifier: str, between: tuple[int, ...], diff: bool, reveal: bool,
    reason: str | None, as_json: bool,
) -> int:  # fmt: skip
    """List the versions of a record, and the late states, which were never current.

    With --diff, field by field: lists by the ids in them, HTML as text. On AWS it needs what `get` needs.
    """
    from models.record import Key
    from rubeus.cli import looking, states

    found = looking.records(target).history(Key(kind, identifier))
    if not found:
        raise CommandError(_NO_RECORD)
    if reveal:
        looking.trace(target, f"records history {kind} {identifier}", reason)
    if diff:
        compared = states.Compared.of(found, between)
        return _print(compared.document, compared.say, reveal=reveal, as_json=as_json)
    say = partial(states.say_history, found)
    return _print(partial(states.documents, "states", found), say, reveal=reveal, as_json=as_json)


@records.command(epilog=_TIMELINE)
@_id
@revealing
@on_a_stack
def timeline(target: "Target", *, identifier: str, reveal: bool, reason: str | None, as_json: bool) -> int:
    """Tell a contato's story: its versions and those of all that links to it, oldest first.

    By when each came; beside it the record's own date, if it has one. Links know the present: what named the
    contato before, and names somebody else now, is not here. On AWS it needs what `get` needs.
    """
    from rubeus.cli import looking, story
    from rubeus.reading.timeline import timeline as tell

    found = tell(looking.records(target), identifier)
    if not found.entries:
        message = "no such contato, and nothing names it; `rubeus records why` may know more"
        raise CommandError(message)
    if reveal:
        looking.trace(target, f"records timeline {identifier}", reason)
    return _print(partial(story.document, found), partial(story.say, found), reveal=reveal, as_json=as_json)


@records.command(epilog=_WHY)
@click.argument("record", nargs=-1, metavar="[KIND ID]")
@by_identity
@click.option(
    "--since", type=Moment(), help="Look for what was deleted from then on.  [default: 30 days ago]"
)
@refusing(
    "Give KIND and ID, or one of --codigo, --cpf and --email.",
    lambda record, identity, **_: len(record) != (0 if identity else 2),
)
@refusing(f"KIND is one of {', '.join(KINDS)}.", lambda record, **_: bool(record) and record[0] not in KINDS)
@on_a_stack
def why(
    target: "Target",
    *,
    record: tuple[str, ...],
    identity: tuple["By", str] | None,
    since: datetime | None,
    as_json: bool,
) -> int:
    """Say in Portuguese why a record is not here, or that it is, and what to do.

    Looks into the records, and into the bodies of all deliveries that are not done; by KIND and ID also for a
    delivery that says that the record was stored, which then was deleted here. That it never came is an
    answer, too: the exit code is 0. On AWS it needs what `get` and `rubeus deliveries show` need.
    """
    from models.record import Key
    from rubeus.cli import explaining, looking, words
    from rubeus.reading.why import Wanted, explain

    if identity:
        wanted = Wanted.identity(*identity)
        looking.trace(target, f"records why --{identity[0]}", None)
    else:
        wanted = Wanted(Key(*record))
    explanation = explain(
        looking.records(target),
        looking.inbox(target),
        wanted,
        since,
        lambda found: words.progress(found, "deliveries", len(found) if isinstance(found, Sized) else None),
    )
    if as_json:
        words.print_json(explaining.document(explanation))
    else:
        explaining.say(explanation)
    return 0


def _print(
    document: Callable[..., dict[str, Any]], say: Callable[..., None], *, reveal: bool, as_json: bool
) -> int:
    """Print what was found, as JSON or in words; gives the exit status."""
    from rubeus.cli.words import print_json

    if as_json:
        print_json(document(reveal=reveal))
    else:
        say(reveal=reveal)
    return 0
