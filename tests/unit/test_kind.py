import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.payloads import documented

from models.kind import KINDS, MODELS, check_path, infer

DOCUMENTED = {kind: sorted(set(model.model_fields) - {"id"}) for kind, model in MODELS.items()}
UNKNOWN = "não dá para saber o tipo deste registro"


@pytest.mark.parametrize(
    ("keys", "kind", "reason"),
    [
        (["id", "nome", "codigo", "emails"], "contato", "contato: tem codigo, nome e emails"),
        (["id", "processo", "contatos"], "registro_processo", "registro_processo: tem processo e contatos"),
        (
            ["concluido", "vencimento", "registroProcesso", "duracao", "descricao"],
            "atividade",
            "atividade: tem vencimento, duracao e registroProcesso",
        ),
        (["dataAgendamento", "tipo", "nome"], "evento", "evento: tem tipo e dataAgendamento"),
    ],
)
def test_the_likest_kind_is_told(keys: list[str], kind: str, reason: str) -> None:
    """The reason names up to three of the fields that only this kind documents."""
    inferred = infer(keys)

    assert (inferred.kind, inferred.reason) == (kind, reason)


@pytest.mark.parametrize(
    "keys",
    [
        [],
        ["id"],
        ["id", "nome"],
        ["id", "nome", "email", "phone", "etapa_atual"],
        ["id", "nome", "tipo"],
        ["id", "tipo"],
        ["id", "contato", "curso", "responsavel"],
        ["segredo", "etapa"],
    ],
)
def test_weak_and_unknown_fields_tell_no_kind(keys: list[str]) -> None:
    """The shape of every lookup object tells nothing, nor do shared fields; the reason repeats none."""
    inferred = infer(keys)

    assert (inferred.kind, inferred.reason) == (None, UNKNOWN)


def test_two_likely_kinds_are_no_guess() -> None:
    """Fields of two kinds leave the kind open, and the reason names both."""
    inferred = infer([*DOCUMENTED["evento"], "vencimento", "duracao", "registroProcesso", "concluido"])

    assert (inferred.kind, inferred.reason) == (None, "pode ser evento ou atividade")


def _damaged() -> st.SearchStrategy[tuple[str, set[str]]]:
    """Draw a documented record's kind and keys, a quarter of them gone and two foreign ones added at most."""

    @st.composite
    def draw_one(draw: st.DrawFn) -> tuple[str, set[str]]:
        kind = draw(st.sampled_from(KINDS))
        keys = sorted(documented(kind))
        gone = draw(st.lists(st.sampled_from(keys), max_size=len(keys) // 4, unique=True))
        foreign = sorted({name for other in KINDS for name in DOCUMENTED[other]} - set(keys))
        added = draw(st.lists(st.sampled_from(foreign), max_size=2, unique=True))
        return kind, {*keys, *added} - set(gone)

    return draw_one()


@settings(max_examples=1_000)
@given(damaged=_damaged())
def test_a_damaged_record_is_never_filed_under_another_kind(damaged: tuple[str, set[str]]) -> None:
    """What a release of Rubeus may drop or add leaves every documented record told right."""
    kind, keys = damaged

    assert infer(keys).kind == kind


def test_the_path_is_contradicted_by_another_kinds_fields() -> None:
    """No field that only a contato documents came, and the fields tell another kind."""
    check = check_path("contato", ["id", "processo", "contatos", "cursos", "status", "criacao"])

    assert check.contradiction == "a URL diz contato, os campos são de registro de processo"


def test_the_path_is_doubted_where_the_fields_are_not_clear() -> None:
    """Nothing confirms it, or the fields look like another kind's; either way the record is taken."""
    mixed = check_path("contato", ["nome", *DOCUMENTED["evento"]])

    assert check_path("contato", ["id"]).doubt == "a URL diz contato, mas nenhum campo confirma"
    assert (mixed.contradiction, mixed.doubt) == ("", "a URL diz contato, mas os campos parecem de evento")


@pytest.mark.parametrize("kind", KINDS)
def test_the_path_is_confirmed_by_a_documented_record(kind: str) -> None:
    """No word is lost about it; a single own field is enough, as the URL says the kind."""
    assert check_path(kind, documented(kind)) == check_path("contato", ["id", "nome"])
    assert check_path(kind, documented(kind)).doubt == ""


def test_kinds_are_the_four_documented() -> None:
    """There are four kinds with a model."""
    assert KINDS == ("contato", "registro_processo", "atividade", "evento")
