"""Which kind of record it is, and why."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from models.atividade import Atividade
from models.contato import Contato
from models.evento import Evento
from models.registro_processo import RegistroProcesso
from models.shapes import Base

MODELS: Final[Mapping[str, type[Base]]] = {
    "contato": Contato,
    "registro_processo": RegistroProcesso,
    "atividade": Atividade,
    "evento": Evento,
}
KINDS: Final = tuple(MODELS)
FLUXO: Final = "fluxo"
"""What an automation flow posts: free keys, so no model, and only on its own path."""

LABELS: Final = {"registro_processo": "registro de processo"}
"""Kinds as people read them, where that is not the kind itself."""

_DOCUMENTED = {kind: frozenset(model.model_fields) - {"id"} for kind, model in MODELS.items()}
_ALL_DOCUMENTED = frozenset().union(*_DOCUMENTED.values())

# A record filed under the wrong kind replaces the state of a stranger, so doubt tells no kind. With these
# values, documented records without a quarter of their fields and with two of other kinds are all told right.
_MIN_OWN_SHARE = 0.1
_MIN_FIELDS = 2
_MIN_LEAD = 1.25


def _own_fields(kind: str) -> tuple[str, ...]:
    others = {name for other, names in _DOCUMENTED.items() if other != kind for name in names}
    return tuple(name for name in MODELS[kind].model_fields if name != "id" and name not in others)


_OWN_FIELDS = {kind: _own_fields(kind) for kind in KINDS}


class Inferred(NamedTuple):
    """A kind, or None where it can't be told, and why: Portuguese, naming documented fields only."""

    kind: str | None
    reason: str


class PathCheck(NamedTuple):
    """What the fields say about the kind that the URL names; both in Portuguese, or empty.

    Attributes
    ----------
    contradiction
        Why the record can't be of that kind.
    doubt
        Why it may not be.
    """

    contradiction: str = ""
    doubt: str = ""


def infer(keys: Collection[str]) -> Inferred:
    """Tell the kind whose documented fields the keys are most like.

    The likeness to a kind is 2·|K∩D| / (|K|+|D|), K being the keys that any kind documents and D the kind's
    documented fields, without `id`: it rewards what came, and counts against what belongs elsewhere. A kind
    is told only if at least a tenth of the fields that it alone documents came, at least two of its fields,
    and its likeness is 1.25 times the next kind's.
    """
    return _infer(_ALL_DOCUMENTED.intersection(keys))


def check_path(kind: str, keys: Collection[str]) -> PathCheck:
    """Compare the kind that the URL names with what the fields say."""
    own_came = any(name in keys for name in _OWN_FIELDS[kind])
    told = infer(keys).kind
    said = f"a URL diz {label(kind)}"
    if told in (kind, None):
        return PathCheck() if own_came else PathCheck(doubt=f"{said}, mas nenhum campo confirma")
    if own_came:
        return PathCheck(doubt=f"{said}, mas os campos parecem de {label(told)}")
    return PathCheck(contradiction=f"{said}, os campos são de {label(told)}")


def label(kind: str | None) -> str:
    """Give a kind as people read it."""
    return LABELS.get(kind or "", kind or "")


@lru_cache(maxsize=256)  # the records of a delivery mostly have the same fields
def _infer(keys: frozenset[str]) -> Inferred:
    likeness = {kind: 2 * len(keys & names) / (len(keys) + len(names)) for kind, names in _DOCUMENTED.items()}
    kind, next_kind = sorted(KINDS, key=likeness.__getitem__, reverse=True)[:2]
    own = [name for name in _OWN_FIELDS[kind] if name in keys]
    if len(own) < _MIN_OWN_SHARE * len(_OWN_FIELDS[kind]) or len(keys & _DOCUMENTED[kind]) < _MIN_FIELDS:
        return Inferred(None, "não dá para saber o tipo deste registro")
    if likeness[kind] < _MIN_LEAD * likeness[next_kind]:
        return Inferred(None, f"pode ser {label(kind)} ou {label(next_kind)}")
    return Inferred(kind, f"{kind}: tem {_enumerate(own[:3])}")


def _enumerate(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} e {last}" if first else last
