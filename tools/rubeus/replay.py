"""`rubeus deliveries replay`: run deliveries again, by the code of recovery, and say what that changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from handlers.bootstrap import Receiver, receiver
from ingest.recover import recover_each
from models.clock import moment
from models.deadline import Deadline
from models.outcome import State
from rubeus import masking
from rubeus.head import Head
from rubeus.inbox import EXPIRED, Inbox
from rubeus.selection import Selection
from rubeus.target import Target, aws_errors
from rubeus.wording import indented, print_json, record, remark, summary, verdict

_SHOWN = ("verdict", "version", "problems")
_FOREVER_SECONDS = 3_600  # recovery gives each delivery its share; this process has no end


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did to one delivery.

    Attributes
    ----------
    left_alone
        Why it was not tried.
    changes
        The outcomes of the records for which verdict, version or problems changed: before, if there was any,
        and after.
    """

    delivery_id: str
    before: Head | None
    after: Head | None
    left_alone: str | None = None
    changes: Sequence[tuple[Mapping[str, Any] | None, Mapping[str, Any]]] = field(default=())

    @property
    def unfinished(self) -> bool:
        """Say whether it was tried and is not closed."""
        return not self.left_alone and not _is_closed(self.after)


@aws_errors()
def replay(target: Target, which: Sequence[str] | Selection, *, as_json: bool) -> int:
    """Open deliveries again and finish them at once, one after the other; may be repeated without harm.

    Should this process die, the schedule of recovery finishes the one that it had. Messages that are owed, or
    may be, are sent with the ids that they had. On AWS it needs what `show` needs, and what the recovery
    function may do in the tables and the records queue.
    As JSON: ``{"deliveries": [{"delivery_id", "before", "after" (states, or null where there is no such
    delivery), "left_alone" (why it was not tried, or null), "problem" (words or null, as it is now),
    "records": [{"position", "kind", "id", "before" (or null), "after"}]}]}``, with verdict, version and
    problems, as far as there are some, in a record's before and after.

    Parameters
    ----------
    which
        Deliveries by id, or all that are selected, except what is done by its turn.

    Returns
    -------
    int
        0, or 1 where a delivery could not be finished, or one that was named was left alone.

    Raises
    ------
    CommandError
        When the inbox cannot be read or written.
    """
    inbox = Inbox(target.dynamodb, target.ids["DeliveriesTable"])
    named = not isinstance(which, Selection)
    ids = [head.id for head in which.find(inbox)] if isinstance(which, Selection) else dict.fromkeys(which)
    target.become_function()
    counts: dict[str, int] = {}
    documents: list[dict[str, Any]] = []
    failed = False
    for each in _each(ids, inbox, receiver(), with_done=named):
        failed |= each.unfinished or (named and each.left_alone is not None)
        counts[_end(each)] = counts.get(_end(each), 0) + 1
        if as_json:
            documents.append(_document(each))
        else:
            _print(each)
    if as_json:
        print_json({"deliveries": documents})
    else:
        total = ", ".join(f"{count} {end}" for end, count in sorted(counts.items()))
        print(f"replayed: {total or 'nothing'}")
    return 1 if failed else 0


def _each(ids: Iterable[str], inbox: Inbox, to: Receiver, *, with_done: bool) -> Iterator[Replayed]:
    for delivery_id in ids:
        before = inbox.head(delivery_id)
        if with_done or (before and before.state is not State.DONE):
            yield _replay(delivery_id, before, inbox, to)


def _replay(delivery_id: str, before: Head | None, inbox: Inbox, to: Receiver) -> Replayed:
    if before is None:
        return Replayed(delivery_id, None, None, "no such delivery")
    recover_after = timedelta(seconds=to.settings.recover_after_seconds)
    if refusal := inbox.reopen(before, moment(to.clock.time_ns()), recover_after):
        return Replayed(delivery_id, before, before, refusal)
    for _ in recover_each([delivery_id], to.stores, to.clock, Deadline.after(_FOREVER_SECONDS, to.clock)):
        pass  # what became of it is read from the inbox, whoever finished it
    after = inbox.head(delivery_id)
    if after is None:
        return Replayed(delivery_id, before, None, EXPIRED)
    changes = _changes(before, after) if _is_closed(after) else ()
    return Replayed(delivery_id, before, after, changes=changes)


def _changes(before: Head, after: Head) -> list[tuple[Mapping[str, Any] | None, Mapping[str, Any]]]:
    pairs = [(before.outcomes.get(position), outcome) for position, outcome in after.outcomes.items()]
    return [(old, new) for old, new in pairs if old is None or _shown(old) != _shown(new)]


def _is_closed(head: Head | None) -> bool:
    return head is not None and head.state in (State.DONE, State.QUARANTINED)


def _shown(outcome: Mapping[str, Any]) -> dict[str, Any]:
    return {name: outcome[name] for name in _SHOWN if name in outcome}


def _masked(outcome: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**outcome, "id": masking.identity(outcome["id"])} if "id" in outcome else outcome


def _end(each: Replayed) -> str:
    return each.after.state if each.after and not each.left_alone else "left alone"


def _document(each: Replayed) -> dict[str, Any]:
    return {
        "delivery_id": each.delivery_id,
        "before": each.before and each.before.state,
        "after": each.after and each.after.state,
        "left_alone": each.left_alone,
        "problem": each.after and summary(each.after),
        "records": [
            {
                "position": new["position"],
                "kind": new.get("kind"),
                "id": _masked(new).get("id"),
                "before": old and _shown(old),
                "after": _shown(new),
            }
            for old, new in each.changes
        ],
    }


def _print(each: Replayed) -> None:
    before, after = each.before, each.after
    if each.left_alone or before is None or after is None:
        print(f"{each.delivery_id}: left alone: {each.left_alone}", flush=True)
        return
    print(f"{each.delivery_id}: {before.state} → {after.state}", flush=True)
    if each.unfinished:
        print(indented(after.reason or "another run has it"))
    elif before.problem != after.problem:
        print(indented(f"{before.problem or 'sem problema'} → {after.problem or 'sem problema'}"))
    elif before.state is after.state and not each.changes:
        print(indented("nada mudou"))
    for old, new in each.changes:
        print(indented(f"{record(_masked(new))}: {_change(old, new)}"))


def _change(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> str:
    if old is None:
        return _words(new)
    if verdict(old) == verdict(new):
        return f"{_words(old)} → {_words(new)}"
    return f"{verdict(old)} → {_words(new)}"


def _words(outcome: Mapping[str, Any]) -> str:
    remarks = "; ".join(map(remark, outcome.get("problems", ())))
    return f"{verdict(outcome)} ({remarks})" if remarks else verdict(outcome)
