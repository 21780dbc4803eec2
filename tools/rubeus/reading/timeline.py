"""One person's story over the kinds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from models.atividade import Atividade
from models.evento import Evento
from models.kind import MODELS
from models.record import Key
from models.registro_processo import RegistroProcesso
from models.shapes import Base
from models.validation import validate
from rubeus.reading.html import as_text
from rubeus.reading.items import at_once
from rubeus.reading.record_state import Link, RecordState
from rubeus.reading.records import Records


@dataclass(frozen=True, slots=True)
class Entry:
    """One state of a record in the story of a contato.

    Attributes
    ----------
    link
        That the record concerns the contato now; None of the contato's own states.
    names_contato
        Whether this very state names the contato: links know the present alone.
    happened
        The record's own date, if it has one, and its field: aware, of Brasília. A registro's is its
        `criacao`, then `ultimaAlteracaoStatus`; an atividade's `vencimento`, which may be to come; an
        evento's `dataAgendamento.data`.
    facts
        What there is to say, by field: an evento's `tipo.nome`, `descricao`; an atividade's `descricao`,
        `resumoAtual.nome`; a registro's `processo.nome`, `status.nome`, `resumoAtual.nome`.
    """

    state: RecordState
    link: Link | None
    names_contato: bool
    happened: tuple[str, datetime] | None
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A person's story, oldest first, by when each state was received: records carry no other usable order.

    Attributes
    ----------
    links
        The records that concern the contato now. One that named it before, and names somebody else now, is
        unknown here; whom it named stands in its own versions.
    """

    contato_id: str
    entries: Sequence[Entry]
    links: Sequence[Link]


def timeline(records: Records, contato_id: str) -> Timeline:
    """Read every version and late state of a contato, and of all that links to it; a call for each record."""
    own, links = records.story(Key("contato", contato_id))
    linked = at_once(lambda link: records.history(link.key), links)
    entries = [*_entries(contato_id, own, None)]
    for link, states in zip(links, linked, strict=True):
        entries += _entries(contato_id, states, link)
    return Timeline(contato_id, sorted(entries, key=attrgetter("state.receipt")), links)


def _entries(contato_id: str, states: Sequence[RecordState], link: Link | None) -> Iterator[Entry]:
    for state in states:
        view = validate(MODELS[state.key.kind], state.data).view
        names = link is None or (view is not None and contato_id in {each.id for each in view.references})
        yield Entry(state, link, names, _happened(state, view), _facts(view))


def _happened(state: RecordState, view: Base | None) -> tuple[str, datetime] | None:
    dates: Mapping[str, datetime | None] = {}
    if isinstance(view, RegistroProcesso):
        changed = {"ultimaAlteracaoStatus": view.ultimaAlteracaoStatus}
        dates = {"criacao": view.criacao} if state.version == 1 else changed
    elif isinstance(view, Atividade):
        dates = {"vencimento": view.vencimento}
    elif isinstance(view, Evento):
        dates = {"dataAgendamento.data": view.dataAgendamento.data if view.dataAgendamento else None}
    return next(((field, date) for field, date in dates.items() if date), None)


def _facts(view: Base | None) -> Mapping[str, str]:
    facts: Mapping[str, str | None] = {}
    if isinstance(view, RegistroProcesso):
        named = {"processo": view.processo, "status": view.status, "resumoAtual": view.resumoAtual}
        facts = {f"{field}.nome": each.nome if each else None for field, each in named.items()}
    elif isinstance(view, Atividade):
        stage = view.resumoAtual.nome if view.resumoAtual else None
        facts = {"descricao": view.descricao, "resumoAtual.nome": stage}
    elif isinstance(view, Evento):
        facts = {"tipo.nome": view.tipo.nome if view.tipo else None, "descricao": view.descricao}
    return {field: as_text(text) for field, text in facts.items() if text}
