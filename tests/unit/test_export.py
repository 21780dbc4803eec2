import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from models.exact_json import storable
from models.kind import KINDS
from models.record import Key
from rubeus.errors import CommandError
from rubeus.export import workbook
from rubeus.export.columns import SINGULAR, header
from rubeus.export.files import Table, write_lines
from rubeus.reading.masking import MASK
from rubeus.reading.record_state import RecordState
from rubeus.samples import read_event

ODD = {
    "zeros": "00123",
    "formula": "=1+1",
    "plus": "+55 11",
    "minus": "-1",
    "at": "@x",
    "quotes": 'a;"b"\r\nc\td',
    "spaces": "  x ",
    "markup": "<r><t>x</r>",
    "also": "<r>",
    "escape": "_x0041_",
    "accents": "São João 😀",
}


CONTATO = Key("contato", "1")
TEXTS = st.sampled_from(["", "x", "São João 😀", *ODD.values()]) | st.text(st.characters(codec="utf-8"))
# Names of fields whose columns are called otherwise, or stand beside ours.
RENAMED = {*SINGULAR, "id", "versao", "atualizado_em", "protocolo"}
SHEET = "xl/worksheets/sheet1.xml"


def state(data: Mapping[str, object], key: Key = CONTATO, receipt: str = "r1") -> RecordState:
    """Make a state that was received on 2026-11-24 at 08:00 in Brasília."""
    return RecordState(key, 3, datetime(2026, 11, 24, 11, tzinfo=UTC), receipt, "01a2", "", (), data)


def written(table: Table, states: Iterable[RecordState], *, reveal: bool = True) -> io.BytesIO:
    """Give what a table writes."""
    file = io.BytesIO()
    table.write(file, states, reveal=reveal)
    return file


def rows(*states: RecordState, reveal: bool = True) -> list[dict[str, str]]:
    """Export a csv, and read back what is not empty."""
    text = written(Table(states[0].key.kind, "csv"), states, reveal=reveal).getvalue().decode("utf-8-sig")
    found = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    return [{name: cell for name, cell in each.items() if cell} for each in found]


def xlsx(*states: RecordState, all_versions: bool = False) -> list[dict[str, object]]:
    """Export, and read back by openpyxl."""
    file = written(Table(states[0].key.kind, "xlsx", all_versions=all_versions), states)
    names, *found = openpyxl.load_workbook(file).worksheets[0].iter_rows(values_only=True)
    return [{str(name): cell for name, cell in zip(names, each, strict=True) if cell} for each in found]


def test_a_record_is_a_row_of_texts() -> None:
    """Objects and lists become columns, named in the singular; numbers and flags keep their text."""
    data = {
        "id": "1",
        "emails": {"principal": "ana@example.com", "secundarios": ["b@example.com", "c@example.com"]},
        "cursos": [{"codCurso": "007"}, {"codCurso": "X", "id": 9}],
        "origens": {"0": {"nome": "CRM"}, "2": {"nome": "Site"}},
        "camposPersonalizados": {"perfil": "Aluno", "campopersonalizado_4_compl_cont": ["a", "b"]},
        "nota": Decimal("706.780"),
        "novo": True,
        "cpf": None,
        "telefones": [],
    }

    assert rows(state(data))[0] == {
        "id": "1",
        "email_principal": "ana@example.com",
        "email_secundario_1": "b@example.com",
        "email_secundario_2": "c@example.com",
        "curso_1_codCurso": "007",
        "curso_2_codCurso": "X",
        "curso_2_id": "9",
        "origem_1_nome": "CRM",
        "origem_2_nome": "Site",
        "campoPersonalizado_perfil": "Aluno",
        "campoPersonalizado_campopersonalizado_4_compl_cont_1": "a",
        "campoPersonalizado_campopersonalizado_4_compl_cont_2": "b",
        "nota": "706.780",
        "novo": "true",
        "versao": "3",
        "atualizado_em": "2026-11-24 08:00:00",
        "protocolo": "01a2",
    }


def test_no_field_is_lost_to_one_of_the_same_column() -> None:
    """A name that is another field's path gets a column of its own."""
    sent = {"emails": {"principal": "a"}, "email_principal": "b", "protocolo": "c", "parametros": "d"}
    (found,) = rows(state({**sent, "k\ud800": "e", "k?": "f", "n_" + "9" * 5_000: "g"}))

    assert {*"abcdefg"} <= {*found.values()}


@pytest.mark.parametrize("kind", KINDS)
def test_documented_columns_are_always_there(kind: str) -> None:
    """Whoever reads the file by its columns finds them, whatever the records hold, in the models' order."""
    sample = json.loads(read_event(kind)["body"])[0]
    columns = {
        name for name in rows(state(sample, Key(kind, "1")))[0] if not name.startswith("campoPersonalizado")
    }
    always, names = header(kind, ()), header(kind, ["campoPersonalizado_x", "curso_10_id", "curso_2_id"])

    assert {name for name in columns if not re.search("_[2-9]", name)} <= {*always}
    assert (names[0], names[-3:]) == ("id", ["versao", "atualizado_em", "protocolo"])
    assert names.index("curso_2_id") < names.index("curso_10_id")
    assert len({*names}) == len(names)


def test_columns_of_one_number_have_an_order() -> None:
    """The same in every run: `x_1` and `x_01` are the same number."""
    names = [f"x_{'0' * zeros}1" for zeros in range(20)]

    assert [name for name in header("contato", names) if name in names] == sorted(names)


def test_a_workbook_reads_back_as_it_was_sent() -> None:
    """Zeros, signs of equality, quotes, markup and white space are what they were, and are text."""
    (found,) = xlsx(state({"id": "1", **ODD}))

    # openpyxl leaves to its user what Excel itself reads as characters.
    assert {name: unescape(str(found[name])) for name in ODD} == ODD


def test_a_cell_is_text_for_whoever_edits_it() -> None:
    """Its format says so, so that Excel takes neither zeros nor a sign of equality for its own."""
    file = written(Table("contato", "xlsx"), [state({"codigo": "007"}), state({}, Key("contato", "2"))])
    (sheet,) = openpyxl.load_workbook(file).worksheets

    assert {cell.number_format for row in sheet.iter_rows() for cell in row if cell.value} == {"@"}
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    assert sheet.column_dimensions["A"].width > 18
    assert (sheet["A1"].font.bold, sheet["A2"].font.bold, sheet.freeze_panes) == (True, False, "B2")
    # Power BI believes what a sheet says of its extent.
    (extent,) = re.findall(rb'<dimension ref="A1:([A-Z]+3)"/>', zipfile.ZipFile(file).read(SHEET))
    assert extent.decode() == sheet.cell(3, sheet.max_column).coordinate


@given(st.text(min_size=1).filter(lambda text: text not in RENAMED))
def test_any_text_reads_back(text: str) -> None:
    """As a cell and as a column's name; what UTF-8 can't hold is a question mark."""
    file = io.BytesIO()
    whole = storable(text)
    Table("contato", "xlsx", columns=[whole]).write(file, [state({text: text})], reveal=True)
    names, (cell,) = openpyxl.load_workbook(file).worksheets[0].iter_rows(values_only=True)

    assert [unescape(str(each)) for each in (*names, cell)] == [whole, whole]


def test_a_csv_reads_back_as_it_was_sent() -> None:
    """It has the mark of UTF-8 and semicolons; an apostrophe stands before what could be a formula."""
    file = written(Table("contato", "csv"), [state({"id": "1", **ODD, "=oi": "x"})])
    text = file.getvalue().decode()
    (found,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";")

    assert text.startswith("\ufeffid;codigo;nome;")
    defused = {name: "'" + ODD[name] for name in ("formula", "plus", "minus", "at")}
    assert {name: found[name] for name in ODD} == ODD | defused
    assert found["'=oi"] == "x"


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=70))
def test_any_cell_of_a_csv_reads_back(cells: list[tuple[str, str]]) -> None:
    """Whatever stands in the lines beside it, with an apostrophe where it could be a formula."""
    states = [state({"a": a, "b": b}, Key("contato", str(n))) for n, (a, b) in enumerate(cells)]
    text = written(Table("contato", "csv", columns=["a", "b"]), states).getvalue().decode("utf-8-sig")
    _, *found = csv.reader(io.StringIO(text, newline=""), delimiter=";")

    defused = [["'" + cell if cell[:1] in [*"=+-@\t\r"] else cell for cell in each] for each in cells]
    assert found == defused


def test_a_record_that_changed_meanwhile_has_one_row() -> None:
    """The newest; with all versions each has its own."""
    states = [
        state({"nome": "a"}),
        state({"nome": "b"}, Key("contato", "2")),
        state({"nome": "c"}, receipt="r2"),
    ]

    assert [each["nome"] for each in xlsx(*states)] == ["b", "c"]
    assert [each["nome"] for each in xlsx(*states, all_versions=True)] == ["a", "b", "c"]


def test_records_whose_ids_are_masked_alike_are_rows_of_their_own() -> None:
    """Which record it is, does not depend on what is shown of it."""
    found = rows(*(state({"aluno": "1"}, Key("contato", name)) for name in ("Ana B", "Bia C")), reveal=False)

    assert [(each["id"], each["aluno"]) for each in found] == [(MASK, "1")] * 2


def test_a_line_of_one_empty_cell_is_a_row() -> None:
    """Readers pass over lines with nothing in them."""
    file = written(Table("contato", "csv", columns=["nada"]), [state({"nome": "a"})])

    assert file.getvalue().decode("utf-8-sig").splitlines() == ["nada", '""']


def test_columns_are_those_that_were_chosen() -> None:
    """In their order; one that no record has is empty."""
    file = written(
        Table("contato", "csv", columns=["cpf", "nada", "nome"]), [state({"nome": "a", "cpf": "1"})]
    )

    assert file.getvalue().decode("utf-8-sig").splitlines() == ["cpf;nada;nome", "1;;a"]


def test_what_excel_can_not_hold_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long text ends with words, rows go on on a further sheet, and too many columns are refused."""
    (found,) = xlsx(state({"a": "😀" * 20_000, "b": "x" * 32_767}))
    assert str(found["a"]).endswith("(cortado pelo limite do Excel)")
    assert found["b"] == "x" * 32_767

    monkeypatch.setattr(workbook, "_MAX_ROWS", 3)
    file = written(Table("contato", "xlsx"), [state({}, Key("contato", str(n))) for n in range(1, 6)])
    sheets = openpyxl.load_workbook(file).worksheets
    assert [(each.title, [cell.value for cell in each["A"]]) for each in sheets] == [
        ("contato", ["id", "1", "2"]),
        ("contato 2", ["id", "3", "4"]),
        ("contato 3", ["id", "5"]),
    ]

    monkeypatch.setattr(workbook, "_MAX_BYTES", 1_000)
    with pytest.raises(CommandError, match="--columns"):
        xlsx(state({"nome": "x" * 1_000}))

    with pytest.raises(CommandError, match="16384"):
        xlsx(state({f"f{number}": "x" for number in range(16_400)}))


def test_no_record_makes_a_table_of_a_header() -> None:
    """Whoever opens the file sees its columns."""
    file = io.BytesIO()
    assert Table("evento", "xlsx").write(file, [], reveal=True) == 0
    assert openpyxl.load_workbook(file).worksheets[0]["A1"].value == "id"


def test_a_line_has_the_record_as_sent() -> None:
    """Numbers keep their digits, whatever their size, and a lone surrogate its escape."""
    data = {"id": 1, "a": Decimal("1.50"), "b": 10**30, "c": "\ud800", "d": Decimal("1E+400"), "e": "ç"}
    file = io.BytesIO()
    assert (
        write_lines(file, [state(data), state({"a": Decimal("1.50"), "e": "ç"})], raw=False, reveal=True) == 2
    )
    first, second = file.getvalue().decode().splitlines()

    assert json.loads(first, parse_float=Decimal) == {
        "kind": "contato",
        "id": "1",
        "version": 3,
        "sequence": "r1",
        "received_at": "2026-11-24T11:00:00.000000Z",
        "deliveryid": "01a2",
        "data": data,
    }
    assert second.endswith('"data":{"a":1.50,"e":"ç"}}')


def test_a_raw_line_is_the_record_alone() -> None:
    """Nothing of ours stands around it."""
    file = io.BytesIO()
    write_lines(file, [state({"id": "1", "n": Decimal("0.10")})], raw=True, reveal=True)

    assert file.getvalue() == b'{"id":"1","n":0.10}\n'
