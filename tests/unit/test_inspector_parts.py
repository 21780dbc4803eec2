from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from models.clock import moment
from models.outcome import State
from rubeus.inspector import live as live_module
from rubeus.inspector.live import Live
from rubeus.inspector.shown import Shown
from rubeus.inspector.tree import tree
from rubeus.reading.masking import MASK
from rubeus.reading.summary import DeliverySummary, read_summary

NOW = 1_795_600_000 * 10**9


def delivery(number: int, state: State = State.DONE) -> DeliverySummary:
    """Make a delivery that came so many seconds after the start."""
    at = moment(NOW) + timedelta(seconds=number)
    identifier = f"01a2131b-0000-7000-8000-{number:012d}"
    return read_summary(
        {
            "delivery_id": {"S": identifier},
            "received_at": {"S": at.isoformat()},
            "state": {"S": state},
            "attempts": {"N": "1"},
            "size": {"N": "2"},
            "sha256": {"S": ""},
            "content_type": {"S": ""},
        }
    )


class Inbox:
    """Deliveries that change between two looks; counts the looks, and fails when told to."""

    def __init__(self) -> None:
        self.found: list[DeliverySummary] = []
        self.looks = 0
        self.failure: Exception | None = None

    def find(self, selection: Any, *, oldest_first: bool) -> Iterator[DeliverySummary]:
        assert oldest_first
        self.looks += 1
        if self.failure:
            raise self.failure
        return (each for each in self.found if each.received_at >= selection.since)


@pytest.fixture
def inbox() -> Inbox:
    """Give what the poller reads."""
    return Inbox()


@pytest.fixture
def live(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> Live:
    """Give a poller for which a second is over whenever it is asked."""
    monkeypatch.setattr(live_module, "_SECONDS", 0)
    return Live(inbox, lambda: NOW)  # type: ignore[arg-type]  # the one method that it uses


def test_each_page_gets_what_is_newer_than_its_cursor(inbox: Inbox, live: Live) -> None:
    """Each once, newest first; a delivery that changed comes again, and one that is seen late comes, too."""
    cursor = live.cursor()
    assert not inbox.looks
    inbox.found = [delivery(1, State.OPEN), delivery(3)]
    found, after = live.since(cursor)
    assert [each.id[-1] for each in found or ()] == ["3", "1"]
    inbox.found = [delivery(1), delivery(2), delivery(3)]
    again, last = live.since(after)
    assert [each.id[-1] for each in again or ()] == ["2", "1"]
    assert live.since(last)[0] == []
    assert [each.id[-1] for each in live.since(cursor)[0] or ()] == ["3", "2", "1"]


def test_a_restart_loses_nothing(inbox: Inbox, live: Live) -> None:
    """A page with a cursor of another process, or none that is one, is told to read anew."""
    inbox.found = [delivery(1)]
    for cursor in ("deadbeef-7", "", "nothing", f"{live.cursor().partition('-')[0]}-x"):
        found, current = live.since(cursor)
        assert found is None
        assert live.since(current) == ([], current)


def test_more_than_is_kept_is_read_anew(inbox: Inbox, live: Live) -> None:
    """A page that was hidden meanwhile must not miss what was forgotten; what is still looked at never is."""
    first = live.cursor()
    inbox.found = [delivery(number) for number in range(10)]
    assert len(live.since(first)[0] or ()) == 10
    _, second = live.since(first)
    inbox.found += [delivery(1000 + number) for number in range(600)]
    found, current = live.since(second)
    assert len(found or ()) == 600
    assert live.since(current) == ([], current)
    inbox.found += [delivery(3000)]
    assert [each.id for each in live.since(current)[0] or ()] == [delivery(3000).id]
    assert live.since(first)[0] is None


def test_where_nobody_looked_pages_read_anew(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that was hidden for hours, too; one that is opened then misses nothing."""
    monkeypatch.setattr(live_module, "_SECONDS", 0)
    now = NOW
    live = Live(inbox, lambda: now)  # type: ignore[arg-type]  # the one method that it uses
    _, hidden = live.since(live.cursor())
    now += 3600 * 10**9
    inbox.found = [delivery(number) for number in (10, 3590)]
    opened = live.cursor()
    assert live.since(hidden)[0] is None
    assert [each.id for each in live.since(opened)[0] or ()] == [delivery(3590).id]


def test_many_pages_are_one_look(inbox: Inbox) -> None:
    """Within a second, the tables are asked once, and a failure is told to all."""
    live = Live(inbox, lambda: NOW)  # type: ignore[arg-type]  # the same
    inbox.failure = TimeoutError()
    for _ in range(8):
        with pytest.raises(TimeoutError):
            live.since("")
    assert inbox.looks == 1


def test_what_is_shown_is_covered_after_five_minutes() -> None:
    """Each thing by itself; covering it ends that at once."""
    now = NOW
    shown = Shown(lambda: now)
    shown.show("contato/341", "chamado 4471")
    shown.show("contato/342", "chamado 4471")
    found = shown.get("contato/341")
    assert found
    assert found.because == "chamado 4471"
    assert shown.get("contato/343") is None
    shown.cover("contato/342")
    assert shown.get("contato/342") is None
    now += 301 * 10**9
    assert shown.get("contato/341") is None


def test_a_tree_escapes_what_a_sender_wrote() -> None:
    """Markup, quotes, controls and marks of direction are text, in names and values."""
    drawn = tree({'<b>"': "</div><script>\u202e\x1b\ud800"}, {})
    assert "<b>" not in drawn
    assert "<script>" not in drawn
    assert "&lt;script&gt;\\u202e\\u001b\\ud800" in drawn


def test_a_tree_opens_where_there_is_a_remark() -> None:
    """The way to a marked name is open, all else folded; the name bears the mark."""
    value = {"emails": {"principal": MASK}, "telefones": {"secundarios": False}, "tags": [{"x": 1}]}
    drawn = tree(value, {"telefones.secundarios": "warn", "tags.x": "unknown"})
    assert drawn.count("<details open>") == 3
    assert '<mark class="warn">&#34;secundarios&#34;</mark>' in drawn
    assert '<mark class="unknown">&#34;x&#34;</mark>' in drawn
    assert "coberto" in drawn
