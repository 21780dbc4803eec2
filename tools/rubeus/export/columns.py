"""The names of a table's columns: those of the documented fields, and those that records have."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from models.kind import FLUXO, MODELS
from rubeus.reading.fields import COVERED, OPEN

SINGULAR: Final = {
    "assinaturas": "assinatura",
    "basesLegais": "baseLegal",
    "camposPersonalizados": "campoPersonalizado",
    "contatos": "contato",
    "contatosSecundarios": "contatoSecundario",
    "cursos": "curso",
    "deficiencias": "deficiencia",
    "emails": "email",
    "origens": "origem",
    "secundarios": "secundario",
    "tagsRDStation": "tagRDStation",
    "telefones": "telefone",
    "tipos": "tipo",
}
# Of these, the ones that Rubeus documents as objects.
_OBJECTS: Final = {"camposPersonalizados", "emails", "telefones"}

_META: Final = ("parametros", "versao", "atualizado_em", "protocolo")

# Longer runs of digits are part of a name: no list has so many elements, and int() refuses over 4,300.
_MOST_DIGITS: Final = 1_000

# Names in the order of the models' fields.
_RANKS: Final = {
    SINGULAR.get(name, name): rank
    for rank, name in enumerate(
        dict.fromkeys(
            ["id", "codigo", "nome", *(each for model in MODELS.values() for each in model.model_fields)]
        )
    )
}


def header(kind: str, seen: Iterable[str]) -> Sequence[str]:
    """Give the columns of all documented fields and those that were seen: in the models' order, ours last."""
    meta = _META if kind == FLUXO else _META[1:]
    names = ({*_documented(kind), *seen} - {*meta}) | {"id"}
    return [*sorted(names, key=_order), *meta]


def _documented(kind: str) -> Iterator[str]:
    """Name the columns of the documented fields, a list's by its first element.

    Where Rubeus sends a bare value and an object could come instead, it is the bare one's.
    """
    paths = {*OPEN.get(kind, ()), *COVERED.get(kind, ())} - {"camposPersonalizados"}
    for path in paths:
        names = path.split(".")
        if len(names) == 1 or names[0] not in paths:
            yield "_".join(map(_first, names))


def _first(name: str) -> str:
    singular = SINGULAR.get(name, name)
    return singular if singular == name or name in _OBJECTS else f"{singular}_1"


def _order(column: str) -> list[tuple[int, int, str]]:
    """Sort numbers as numbers, and names as the models have them; others follow by the alphabet."""
    return [
        (0, int(part), part)
        if part.isdecimal() and len(part) < _MOST_DIGITS
        else (1, _RANKS.get(part, len(_RANKS)), part)
        for part in column.split("_")
    ]
