"""`rubeus deliveries`."""

import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import click

from rubeus.cli.arguments import COUNT, KINDS, another, filters, ids_or_all, on_a_stack, refusing, revealing
from rubeus.cli.command import Group, examples
from rubeus.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from handlers.bootstrap import Receiver
    from rubeus.operating.bulk import Failed
    from rubeus.operating.dismiss import Dismissed
    from rubeus.operating.replay import Replayed
    from rubeus.reading.deliveries import Deliveries
    from rubeus.reading.selection import Selection
    from rubeus.stack.target import Target

_LIST = examples(
    "rubeus deliveries list --stack rubeus-webhook",
    "rubeus deliveries list --day 2026-11-24 --local",
    "rubeus deliveries list --state done --since 2026-11-20 --local",
)
_SHOW = examples(
    "rubeus deliveries show 01a2122c-… --stack rubeus-webhook",
    "rubeus deliveries show 01a2122c-… --raw --local > body.json",
)
_REPLAY = examples(
    "rubeus deliveries replay --all --state quarantined --dry-run --local",
    "rubeus deliveries replay 01a2122c-… --as contato --local",
    "rubeus deliveries replay 01a2122c-… --as-newest --local",
)
_DISMISS = examples("rubeus deliveries dismiss 01a2122c-… --reason corrected --local")


@click.group(cls=Group, no_args_is_help=False)
def deliveries() -> None:
    """List, show, replay and dismiss deliveries."""


@deliveries.command(name="list", epilog=_LIST)
@filters
@click.option("--limit", type=COUNT, metavar="N", help="At most so many.")
@on_a_stack
def list_(target: "Target", *, selection: "Selection", limit: int | None, as_json: bool) -> int:
    """List the deliveries that need somebody's attention, newest first.

    Those are the open, quarantined and failed ones; with --day, all of that day. Those that are done are
    found by --day or --since, else those of today. On AWS it needs dynamodb:BatchGetItem on the deliveries
    table and dynamodb:Query on its indexes.
    """
    from rubeus.cli import listing
    from rubeus.cli.words import print_json, progress

    inbox = _inbox(target)
    found = progress(inbox.list(selection, limit), "deliveries")
    if as_json:
        print_json({"deliveries": [listing.document(each) for each in found]})
    elif not listing.say(found):
        _say_that_there_is_none(inbox, selection)
    return 0


@deliveries.command(epilog=_SHOW)
@click.argument("delivery_id", metavar="ID")
@click.option("--raw", is_flag=True, help="Give the body alone, byte for byte, for a file or a pipe.")
@refusing(
    "--raw gives the bytes alone, without --json.",
    lambda raw, as_json, **_: raw and as_json,
)
@revealing
@on_a_stack
def show(
    target: "Target", *, delivery_id: str, reveal: bool, reason: str | None, raw: bool, as_json: bool
) -> int:
    """Show what became of one delivery and of its records, and its body.

    ID is the protocolo. What was sent gzipped is shown unpacked. Personal data is masked without --reveal or
    --raw. On AWS it needs dynamodb:BatchGetItem and dynamodb:Query on the deliveries table; to show personal
    data, what `rubeus records get` needs for it.
    """
    from rubeus.cli import showing
    from rubeus.cli.looking import trace
    from rubeus.cli.words import print_json

    inbox = _inbox(target)
    found = inbox.get(delivery_id)
    if found is None:
        message = f"no such delivery: {delivery_id}"
        raise CommandError(message)
    if reveal or raw:
        trace(target, f"deliveries show {found.id}", reason)
    delivery = inbox.delivery(found)
    if raw:
        if delivery is None:
            message = showing.NO_BODY
            raise CommandError(message)
        click.get_binary_stream("stdout").write(delivery.body)
    elif as_json:
        print_json({**showing.facts(found, reveal=reveal), **showing.body(found, delivery, reveal=reveal)})
    else:
        showing.say(found, delivery, reveal=reveal)
    return 0


@deliveries.command(epilog=_REPLAY)
@ids_or_all
@click.option(
    "--as", "as_kind", type=click.Choice(KINDS), help="Take what is quarantined under this kind instead."
)
@click.option("--as-newest", is_flag=True, help="Take one ID's body once more, as if it had come just now.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each record, and write nothing.")
@refusing(
    "--as-newest takes one ID, without --as.",
    lambda as_newest, as_kind, which, **_: as_newest and (as_kind or not _is_one(which)),
)
@on_a_stack
def replay(
    target: "Target",
    *,
    which: "tuple[str, ...] | Selection",
    as_kind: str | None,
    as_newest: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Run deliveries again, and say what that changed.

    By ID, in any state; with --all, oldest first, those that need somebody's attention, or those in --state.
    Each keeps its time of receipt, so what is older than the present state does not become current; with
    --as-newest it is a new delivery. On AWS it needs what `show` needs, and what the recovery function may
    do in the tables and the records queue.
    """
    from rubeus.cli import replaying
    from rubeus.cli.words import print_json
    from rubeus.operating.bulk import Failed, chosen, one_by_one, replayable
    from rubeus.operating.replay import Replay, Replayed

    inbox = _inbox(target)
    operation = Replay(inbox, _receiver(target), as_kind)
    named = isinstance(which, tuple)
    ids = which if isinstance(which, tuple) else chosen(inbox, which, replayable(which))
    if as_newest:
        results = one_by_one(ids, partial(operation.as_newest, dry_run=dry_run))
    else:
        results = one_by_one(ids, operation.foretell if dry_run else operation.run)
    done = []
    for each in results:
        done.append(each)
        if not as_json:
            replaying.say(each, dry_run=dry_run)
    if as_json:
        print_json({"deliveries": [replaying.document(each, dry_run=dry_run) for each in done]})
    else:
        replaying.say_total(done, dry_run=dry_run)
    wrong = [each for each in done if isinstance(each, Failed) or (named and each.left_alone)]
    _tell(wrong, as_json=as_json)
    return int(bool(wrong) or any(isinstance(each, Replayed) and each.unfinished for each in done))


@deliveries.command(epilog=_DISMISS)
@ids_or_all
@click.option("--reason", required=True, metavar="TEXT", help="Why nobody need look at them any more.")
@click.option("--force", is_flag=True, help="Also those that are failed, although something is not done yet.")
@refusing("--reason says why.", lambda reason, **_: not reason.strip())
@on_a_stack
def dismiss(
    target: "Target", *, which: "tuple[str, ...] | Selection", reason: str, force: bool, as_json: bool
) -> int:
    """Put quarantined deliveries aside, once they were corrected in Rubeus.

    They are kept as long as before, listed by --state dismissed, with who did it and why; `replay` brings
    them back. An open one is never put aside. On AWS it needs what `replay` needs, and
    sts:GetCallerIdentity.
    """
    from models.clock import moment
    from rubeus.cli import dismissing
    from rubeus.cli.words import print_json
    from rubeus.operating.bulk import Failed, chosen, dismissable, one_by_one
    from rubeus.operating.dismiss import dismiss as put_aside
    from rubeus.reading.summary import Dismissal

    dismissal = Dismissal(moment(time.time_ns()), target.caller(), reason)
    inbox, receiver = _inbox(target), _receiver(target)
    named = isinstance(which, tuple)
    ids = which if isinstance(which, tuple) else chosen(inbox, which, dismissable(force=force))
    done = []
    for each in one_by_one(ids, lambda one: put_aside(inbox, receiver, one, dismissal, force=force)):
        done.append(each)
        if not as_json:
            dismissing.say(each)
    if as_json:
        print_json({"deliveries": [dismissing.document(each) for each in done]})
    else:
        dismissing.say_total(done)
    wrong = [each for each in done if isinstance(each, Failed) or (named and each.left_alone)]
    _tell(wrong, as_json=as_json)
    return int(bool(wrong))


def _tell(wrong: "Iterable[Failed | Replayed | Dismissed]", *, as_json: bool) -> None:
    """Tell on standard error why deliveries were left alone, or failed; a terminal has it already."""
    from rubeus.cli.words import escaped
    from rubeus.operating.bulk import Failed

    if sys.stdout.isatty() and not as_json:
        return
    for each in wrong:
        reason = f"AWS: {each.failure.code}" if isinstance(each, Failed) else each.left_alone
        click.echo(escaped(f"{each.delivery_id}: {reason}"), err=True)


def _is_one(which: "tuple[str, ...] | Selection") -> bool:
    return isinstance(which, tuple) and len(which) == 1


def _inbox(target: "Target") -> "Deliveries":
    from rubeus.reading.deliveries import Deliveries

    return Deliveries(target.dynamodb, target.ids["DeliveriesTable"])


def _receiver(target: "Target") -> "Receiver":
    """Give the receiver of the stack, composed in this process."""
    from handlers.bootstrap import receiver

    target.become_function()
    return receiver()


def _say_that_there_is_none(inbox: "Deliveries", selection: "Selection") -> None:
    from models import clock
    from rubeus.cli.words import say

    day = selection.day or clock.day(clock.moment(time.time_ns()))
    count = inbox.count(day)
    say("No delivery is like that." if selection.has_filters else "Nothing needs attention.")
    say(
        f"On {day} there {'was 1 delivery' if count == 1 else f'were {count} deliveries'}"
        + (":" if count else ".")
    )
    if count:
        say(another(f"deliveries list --day {day}"), indent="  ")
