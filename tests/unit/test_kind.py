import pytest

from models.kind import KINDS, infer


@pytest.mark.parametrize(
    ("keys", "kind", "reason"),
    [
        (["id", "nome"], "contato", "contato: tem nome"),
        (["id", "processo", "contatos"], "registro_processo", "registro_processo: tem processo e contatos"),
        (
            ["concluido", "vencimento", "registroProcesso", "duracao", "descricao"],
            "atividade",
            "atividade: tem vencimento, duracao e registroProcesso",
        ),
        (["dataAgendamento", "tipo", "nome"], "evento", "evento: tem tipo e dataAgendamento"),
    ],
)
def test_most_distinctive_fields_win(keys: list[str], kind: str, reason: str) -> None:
    """The kind with the most fields that only it documents wins, and the reason names up to three."""
    inferred = infer(keys)

    assert (inferred.kind, inferred.reason) == (kind, reason)


@pytest.mark.parametrize(
    "keys", [[], ["id"], ["id", "contato", "curso", "responsavel"], ["segredo", "etapa"]]
)
def test_shared_and_unknown_fields_tell_no_kind(keys: list[str]) -> None:
    """Fields that several kinds have, or none, distinguish nothing, and the reason repeats none of them."""
    inferred = infer(keys)

    assert (inferred.kind, inferred.reason) == (None, "nenhum campo distingue o tipo")


def test_tie_is_no_guess() -> None:
    """As many fields of one kind as of another leave the kind open, and the reason names both."""
    inferred = infer(["nome", "tipo", "vencimento"])

    assert (inferred.kind, inferred.reason) == (None, "tanto contato como atividade como evento")


def test_kinds_are_the_four_documented() -> None:
    """There are four kinds with a model."""
    assert KINDS == ("contato", "registro_processo", "atividade", "evento")
