"""Which kind of record it is, and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from models.atividade import Atividade
from models.base import Base
from models.contato import Contato
from models.evento import Evento
from models.registro_processo import RegistroProcesso

MODELS: Final[Mapping[str, type[Base]]] = {
    "contato": Contato,
    "registro_processo": RegistroProcesso,
    "atividade": Atividade,
    "evento": Evento,
}
KINDS: Final = tuple(MODELS)
FLUXO: Final = "fluxo"
"""What an automation flow posts: free keys, so no model, and only on its own path."""


def _own_fields(kind: str) -> tuple[str, ...]:
    others = {name for other, model in MODELS.items() if other != kind for name in model.model_fields}
    return tuple(name for name in MODELS[kind].model_fields if name not in others)


_OWN_FIELDS = {kind: _own_fields(kind) for kind in KINDS}
_TELLING = frozenset(name for names in _OWN_FIELDS.values() for name in names)


@dataclass(frozen=True, slots=True)
class Inferred:
    """A kind, or None where it can't be told, and why: Portuguese, naming documented fields only."""

    kind: str | None
    reason: str


def infer(keys: Collection[str]) -> Inferred:
    """Tell the kind by the fields that only one kind documents: most of them wins, and a tie is no answer."""
    return _infer(_TELLING.intersection(keys))


@lru_cache(maxsize=256)  # the records of a delivery mostly have the same fields
def _infer(keys: frozenset[str]) -> Inferred:
    present = {kind: [name for name in own if name in keys] for kind, own in _OWN_FIELDS.items()}
    most = max(len(names) for names in present.values())
    if not most:
        return Inferred(None, "nenhum campo distingue o tipo")
    likely = [kind for kind, names in present.items() if len(names) == most]
    if len(likely) > 1:
        return Inferred(None, "tanto " + " como ".join(likely))
    kind = likely[0]
    return Inferred(kind, f"{kind}: tem {_enumerate(present[kind][:3])}")


def _enumerate(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} e {last}" if first else last
