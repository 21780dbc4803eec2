"""A record as one row of texts: `email_principal`, `curso_1_codCurso`."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from models.clock import BRASILIA
from models.kind import FLUXO, MODELS
from models.values import rows
from rubeus.reading.fields import COVERED, OPEN
from rubeus.reading.record_state import RecordState

_SINGULAR: Final = {
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

# Names in the order of the models' fields.
_RANKS: Final = {
    _SINGULAR.get(name, name): rank
    for rank, name in enumerate(
        dict.fromkeys(
            ["id", "codigo", "nome", *(each for model in MODELS.values() for each in model.model_fields)]
        )
    )
}


def row(state: RecordState) -> dict[str, str]:
    """Give what a record says by the names of its columns; what is null or empty has none."""
    found = {
        "atualizado_em": state.received_at.astimezone(BRASILIA).isoformat(" ", "seconds")[:19],
        "protocolo": state.delivery_id,
    }
    if state.version is not None:
        found["versao"] = str(state.version)
    if state.query:
        found["parametros"] = state.query
    _flatten("", state.data.items(), found)
    if state.key.kind != FLUXO:  # whose id is our own, beside one that it may have
        found["id"] = state.key.id
    return found


def header(kind: str, seen: Iterable[str]) -> Sequence[str]:
    """Give the columns of all documented fields and those that were seen: in the models' order, ours last."""
    names = ({*_documented(kind), *seen} - {*_META}) | {"id"}
    meta = _META if kind == FLUXO else _META[1:]
    return [*sorted(names, key=_order), *meta]


def _flatten(prefix: str, members: Iterable[tuple[str, object]], found: dict[str, str]) -> None:
    for name, value in members:
        if value is None:
            continue
        column = prefix + _SINGULAR.get(name, name)
        if type(value) is str:
            text = value
        elif isinstance(value, dict):
            _flatten(column + "_", _members(value), found)
            continue
        elif isinstance(value, list):
            _flatten(column + "_", _numbered(value), found)
            continue
        else:
            text = str(value).lower() if isinstance(value, bool) else str(value)
        while column in found:  # of two fields one's name is the other's path
            column += "_"
        found[column] = text


def _members(value: dict[str, object]) -> Iterable[tuple[str, object]]:
    """Give an object's members; those of a list with holes, as PHP sends it, by their positions."""
    # To ask for the first name alone saves time: an object is mostly no list.
    if not next(iter(value), "").isdecimal() or (elements := rows(value)) is None:
        return value.items()
    return _numbered(elements)


def _numbered(elements: Sequence[object]) -> Iterable[tuple[str, object]]:
    return zip(_positions(len(elements)), elements, strict=True)


@lru_cache
def _positions(count: int) -> Sequence[str]:
    return tuple(map(str, range(1, count + 1)))


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
    singular = _SINGULAR.get(name, name)
    return singular if singular == name or name in _OBJECTS else f"{singular}_1"


def _order(column: str) -> list[tuple[int, int, str]]:
    """Sort numbers as numbers, and names as the models have them; others follow by the alphabet."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, _RANKS.get(part, len(_RANKS)), part)
        for part in column.split("_")
    ]
