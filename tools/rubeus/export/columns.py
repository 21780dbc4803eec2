"""A record as one row of texts: `email_principal`, `curso_1_codCurso`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    found: dict[str, str] = {}
    for name, member in state.data.items():
        _flatten(_SINGULAR.get(name, name), member, found)
    if state.key.kind != FLUXO:  # whose id is our own, beside one that it may have
        found["id"] = state.key.id
    if state.query:
        found["parametros"] = state.query
    if state.version is not None:
        found["versao"] = str(state.version)
    found["atualizado_em"] = f"{state.received_at.astimezone(BRASILIA):%Y-%m-%d %H:%M:%S}"
    found["protocolo"] = state.delivery_id
    return found


def header(kind: str, seen: Iterable[str]) -> Sequence[str]:
    """Give the columns of all documented fields and those that were seen: in the models' order, ours last."""
    names = ({*_documented(kind), *seen} - {*_META}) | {"id"}
    meta = _META if kind == FLUXO else _META[1:]
    return [*sorted(names, key=_order), *meta]


def _flatten(name: str, value: object, found: dict[str, str]) -> None:
    if value is None:
        return
    if type(value) is str:
        while name in found:  # of two fields one's name is the other's path
            name += "_"
        found[name] = value
    elif (elements := rows(value)) is not None:
        for number, each in enumerate(elements, 1):
            _flatten(f"{name}_{number}", each, found)
    elif isinstance(value, dict):
        for inner, member in value.items():
            _flatten(f"{name}_{_SINGULAR.get(inner, inner)}", member, found)
    else:
        _flatten(name, str(value).lower() if isinstance(value, bool) else str(value), found)


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


def _order(column: str) -> Sequence[tuple[int, int, str]]:
    """Sort numbers as numbers, and names as the models have them; others follow by the alphabet."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, _RANKS.get(part, len(_RANKS)), part)
        for part in column.split("_")
    ]
