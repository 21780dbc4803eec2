from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kind import FLUXO, KINDS
from models.record import Key
from rubeus.export import flattening
from rubeus.export.files import Table, write_lines
from rubeus.reading.fields import DOCUMENTED, OPEN
from rubeus.reading.masking import MASK, is_name, masked_record
from rubeus.reading.record_state import RecordState

PATHS = {name for kind in OPEN.values() for name in kind}
NAMES = st.sampled_from(sorted({*DOCUMENTED, *PATHS, "0", "1", "7", "a b", "", "email", "id_", MASK}))
SHOWN = ["1", "341", "Aluno", "2026-11-24"]
ODD = ["", "Ana Exemplo", "ana@example.com", "390.533.447-05", "=1+1", 'a;"b"\n', "\ud800"]
NUMBERS = [0, 1, 7, 10**30, Decimal("1.50")]
VALUES = st.sampled_from([None, True, False, *NUMBERS, *SHOWN, *ODD]) | st.text(max_size=5)
RECORDS = st.dictionaries(
    NAMES,
    st.recursive(
        VALUES,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(NAMES, inner, max_size=4)
            | st.dictionaries(st.sampled_from("0123"), inner, max_size=3)
        ),
        max_leaves=12,
    ),
    max_size=6,
)


def states(kind: str, records: list[dict[str, Any]], identifier: str = "1") -> list[RecordState]:
    """Make states of as many records; ids are all alike."""
    received = datetime(2026, 11, 24, 11, tzinfo=UTC)
    return [
        RecordState(Key(kind, identifier), 1, received, str(number), "01a2", "", (), data, "q=Ana")
        for number, data in enumerate(records)
    ]


def table(form: Literal["csv", "xlsx"], found: list[RecordState], *, reveal: bool) -> bytes:
    """Give a table of them, a row each."""
    file = BytesIO()
    Table(found[0].key.kind, form, all_versions=True).write(file, found, reveal=reveal)
    return file.getvalue()


@given(st.sampled_from([*KINDS, FLUXO]), st.lists(RECORDS, min_size=1, max_size=4))
def test_a_masked_table_holds_what_is_shown_of_a_masked_record(
    kind: str, records: list[dict[str, Any]]
) -> None:
    """Masking means the same in a table as on a page, whatever a record is made of."""
    masked = [dict(masked_record(kind, each)) for each in records]
    shown, covered = states(kind, masked), states(kind, records)
    expected = table("csv", shown, reveal=True).replace(b"q=Ana", MASK.encode())

    assert table("csv", covered, reveal=False) == expected


@pytest.mark.parametrize("reveal", [True, False])
def test_names_without_end_change_nothing(monkeypatch: pytest.MonkeyPatch, *, reveal: bool) -> None:
    """No more than so many are remembered, and the others have their columns all the same."""
    found = states(
        "contato",
        [{f"f{number}": "x", "emails": {f"g{number}": ["y"]}, "aluno": "1"} for number in range(20)],
    )
    remembered = table("csv", found, reveal=reveal)
    monkeypatch.setattr(flattening, "_MOST_LEARNED", 5)

    assert table("csv", found, reveal=reveal) == remembered


def test_a_masked_export_tells_nobody_who_it_is_about() -> None:
    """Neither by the id nor by the query that a flow was posted with."""
    found = states(FLUXO, [{"Ana Exemplo": "Ana", "nome": "Ana"}], identifier="Ana Exemplo")
    lines = BytesIO()
    write_lines(lines, found, raw=False, reveal=False)

    for written in (lines.getvalue(), table("csv", found, reveal=False)):
        assert b"Ana" not in written
        assert MASK.encode() in written


def test_documented_names_are_shown() -> None:
    """They are taken for names without a further look."""
    assert [name for name in DOCUMENTED if not is_name(name) or name.isdecimal()] == []
