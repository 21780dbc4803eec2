"""What `rubeus deliveries replay` prints of a delivery."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rubeus.cli import words
from rubeus.cli.listing import problem
from rubeus.operating.bulk import Failed
from rubeus.operating.replay import Outcome, Replayed, shown
from rubeus.reading import masking
from rubeus.reading.rows import row
from rubeus.reading.summary import DeliverySummary


def document(each: Replayed | Failed, *, dry_run: bool) -> dict[str, Any]:
    """Give what a replay did, or would do, for JSON.

    ``{"delivery_id", "replay_of", "dry_run", "before", "after" (states, or null where there is no such
    delivery), "left_alone" (why it was not tried, or null), "problem" (words or null, as it is now),
    "came_between": [position], "records": [{"position", "kind", "id", "before" (or null), "after"}]}``, with
    verdict, version and problems, as far as there are some, in a record's before and after. Of a dry run
    these are all records, else those that changed. Where AWS did not do it: ``{"delivery_id", "error" (its
    code)}``.
    """
    if isinstance(each, Failed):
        return words.failed_document(each)
    return {
        "delivery_id": each.delivery_id,
        "replay_of": each.after and each.after.replay_of,
        "dry_run": dry_run,
        "before": each.before and each.before.state,
        "after": each.after and each.after.state,
        "left_alone": each.left_alone,
        "problem": each.after and problem(row(each.after)),
        "came_between": list(each.surprises),
        "records": [
            {
                "position": new["position"],
                "kind": new.get("kind"),
                "id": _masked(new).get("id"),
                "before": old and shown(old),
                "after": shown(new),
            }
            for old, new in (each.records if dry_run else each.changes)
        ],
    }


def say(each: Replayed | Failed, *, dry_run: bool) -> None:
    """Print what a replay did, or would do: the delivery's state, and every record that changed, or all."""
    if isinstance(each, Failed):
        words.say_failed(each)
        return
    before, after = each.before, each.after
    states = [before.state] if before and not each.left_alone else []
    words.say(f"{each.delivery_id}: {' → '.join([*states, _end(each)])}")
    if each.left_alone:
        words.say(each.left_alone, "  ")
        return
    if before is None and after:
        words.say(f"replays {after.replay_of}, as the newest", "  ")
    if each.unfinished:
        words.say((after and after.reason) or "recovery finishes it", "  ")
        return
    if before and after:
        _say_difference(before, after, each, dry_run=dry_run)
    for old, new in each.records if dry_run else each.changes:
        words.say(f"{words.record(_masked(new))}: {_change(old, new)}", "  ", "  ")
    if each.surprises:
        words.say(
            f"algo chegou enquanto isso: {words.records(each.surprises)} não deu no que se esperava pelo que"
            " estava gravado um instante antes",
            "  ",
            "  ",
        )


def say_total(done: Sequence[Replayed | Failed], *, dry_run: bool) -> None:
    """Print how many deliveries ended in which state."""
    total = words.counted(Counter(map(_end, done)))
    words.say(f"dry run, nothing was written: {total}" if dry_run else f"replayed: {total}")


def _say_difference(
    before: DeliverySummary, after: DeliverySummary, each: Replayed, *, dry_run: bool
) -> None:
    """Print what changed about a delivery as a whole."""
    if before.problem and not after.problem:
        words.say(f"resolvido: {before.problem}", "  ", "  ")
    elif after.problem and before.problem != after.problem:
        words.say(f"problema: {after.problem}", "  ", "  ")
    elif before.state is after.state and not each.changes:
        words.say("nothing would change" if dry_run else "nothing changed", "  ")


def _end(each: Replayed | Failed) -> str:
    if isinstance(each, Failed):
        return "failed"
    if each.left_alone:
        return "left alone"
    return each.after.state if each.after else "in the recovery queue"


def _masked(outcome: Outcome) -> Mapping[str, Any]:
    return {**outcome, "id": masking.identity(outcome["id"])} if "id" in outcome else outcome


def _change(old: Outcome | None, new: Outcome) -> str:
    now = words.verdict_and_problems(new)
    if old is None or shown(old) == shown(new):
        return now
    same = words.verdict(old) == words.verdict(new)
    return f"{words.verdict_and_problems(old) if same else words.verdict(old)} → {now}"
