from datetime import UTC, datetime

import pytest

from models.record import Key
from rubeus.cli import states, story
from rubeus.reading.record_state import RecordState
from rubeus.reading.timeline import Entry, Timeline

AT = datetime(2026, 11, 24, 11, tzinfo=UTC)
LATE = RecordState(Key("contato", "635"), None, AT, "1#00000", "1", "", ("cidade",), {"id": "635"})


def test_a_late_state_is_called_late_and_has_no_version(capsys: pytest.CaptureFixture[str]) -> None:
    """In the list of versions and in the story."""
    states.say_history([LATE], reveal=False)
    story.say(
        Timeline("635", [Entry(LATE, link=None, names_contato=True, happened=None, facts={})], []),
        reveal=False,
    )
    out = capsys.readouterr().out
    assert out.startswith("late  2026-11-24 08:00:00  1\n  cidade\n2026-11-24 08:00:00  contato 635  late\n")
