from collections.abc import Iterator
from typing import get_args

import pytest
from pydantic import BaseModel
from tests.payloads import documented

from models.kind import FLUXO, MODELS
from rubeus.reading.fields import COVERED, OPEN
from rubeus.reading.masking import MASK, masked_record


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Give the dotted paths of all documented fields that hold no object."""
    for name, field in model.model_fields.items():
        parts = list(models_in(field.annotation))
        if not parts:
            yield prefix + name
        for part in parts:
            yield from leaves(part, f"{prefix}{name}.")


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Give the models that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)


@pytest.mark.parametrize("kind", MODELS)
def test_every_field_of_every_model_is_open_or_covered(kind: str) -> None:
    """A new field is masked, and this fails until somebody decides about it."""
    documented = set(leaves(MODELS[kind]))
    assert documented - OPEN[kind].keys() - COVERED[kind] == set()
    assert COVERED[kind] <= documented
    assert not COVERED[kind] & OPEN[kind].keys()


def test_only_what_is_decided_is_open_beside_the_models() -> None:
    """Bare forms of references, and the stage, which came although Rubeus's page does not list it."""
    beside = {f"{kind}.{path}" for kind in MODELS for path in OPEN[kind].keys() - set(leaves(MODELS[kind]))}
    assert beside == {
        "contato.etapa",
        "registro_processo.etapa",
        "registro_processo.status",
        "atividade.registroProcesso",
        "evento.contatosSecundarios",
    }
    assert OPEN.keys() == COVERED.keys() == {*MODELS, FLUXO}


def test_a_record_shows_where_it_stands_and_not_who_it_is_about() -> None:
    """Status, stage, course, process, type, flags and dates are open; the rest keeps its structure alone."""
    contato = masked_record("contato", documented("contato"))
    assert (contato["id"], contato["aluno"], contato["nome"]) == ("341", "0", MASK)
    assert contato["emails"] == {"principal": MASK, "secundarios": None}
    assert contato["deficiencias"] == [{"id": MASK, "nome": MASK, "tipos": [{"id": MASK, "nome": MASK}]}]
    registro = masked_record("registro_processo", documented("registro_processo"))
    assert (registro["status"], registro["processo"]) == ("Perdida", {"id": "1", "nome": "Captação"})
    assert registro["responsavel"] == {"id": MASK, "nome": MASK, "email": MASK}
    evento = masked_record("evento", documented("evento"))
    assert (evento["descricao"], evento["contatosSecundarios"]) == (MASK, ["634", "633"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "390.533.447-05"),
        ("id", "Ana Exemplo"),
        ("aluno", "Ana Exemplo"),
        ("etapa", "ana@example.com"),
        ("etapa", "Ana, 11999998888"),
        ("etapa", "Ana, 11 99999-8888"),
        ("etapa", "Ana 390.533.447-05"),
        ("etapa", "Ana 390 533 447 05"),
        ("etapa", {"nome": "Ana"}),
        ("novidade", "Ana"),
    ],
)
def test_an_open_field_does_not_show_what_is_none_of_its_values(field: str, value: object) -> None:
    """A sender may write anything anywhere."""
    assert "Ana" not in str(masked_record("contato", {field: value}))
    assert masked_record("contato", {field: value})[field] in (MASK, {"nome": MASK})
