"""Pessoa: what became known of one contato, on a time line over the kinds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby, islice
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from models.clock import BRASILIA
from models.contato import Contato
from models.kind import KINDS, label
from models.record import Key
from models.validation import validate
from rubeus.inspector import words
from rubeus.inspector.pages import page, stack_of
from rubeus.inspector.stack import Stack
from rubeus.inspector.views.records import record_path
from rubeus.reading import masking
from rubeus.reading.items import at_once
from rubeus.reading.record_state import RecordState
from rubeus.reading.records import By, NoIdentityError
from rubeus.reading.stages import ENTERED
from rubeus.reading.timeline import Entry, Timeline, timeline

_MAX_ENTRIES = 200
_MAX_NAMES = 6
_MAX_SAME = 10
_MAX_COUNTED = 1_000
_TITLES: Mapping[By, str] = {"cpf": "CPF", "email": "e-mail"}
_WHO = {
    "Nome": "nome",
    "Nome social": "nomeSocial",
    "CPF": "cpf",
    "E-mail": "emails.principal",
    "Telefone": "telefones.principal",
    "Código": "codigo",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One point of the story."""

    entry: Entry
    css: str
    name: str
    path: str
    word: str
    said: str


def one(request: Request) -> Response:
    """Show a person's story, newest first, or from the beginning."""
    stack, contato_id = stack_of(request), request.path_params["id"]
    story, ordered = chosen(request)
    what = f"contato/{contato_id}"
    showing = request.app.state.shown.get(what)
    happenings = [happening(each, shown=showing is not None) for each in ordered[:_MAX_ENTRIES]]
    now = next(
        (each.state for each in reversed(story.entries) if each.link is None and each.state.version), None
    )
    return page(
        request,
        "pessoa.html",
        contato_id=contato_id,
        name=masking.identity(contato_id),
        days=[
            (_day(day), list(each))
            for day, each in groupby(happenings, key=lambda one: _local(one.entry.state.received_at))
        ],
        count=len(ordered),
        left_out=max(0, len(ordered) - _MAX_ENTRIES),
        first=story.entries[0].state.received_at,
        records=len({each.state.key for each in story.entries}),
        kinds=_kinds(request),
        all_kinds=KINDS,
        oldest_first=_is_oldest_first(request),
        export=urlencode(request.query_params.multi_items()),
        who=_who(now, shown=showing is not None) | _where(story, shown=showing is not None),
        same=_same(stack, now),
        showing=showing,
        what=what,
        words=words,
    )


def chosen(request: Request) -> tuple[Timeline, Sequence[Entry]]:
    """Read the story of the contato in the path, and give what its filters choose, in their order."""
    story = timeline(stack_of(request).records, request.path_params["id"])
    if not story.entries:
        raise HTTPException(404)
    kinds = _kinds(request)
    found = [each for each in story.entries if each.state.key.kind in kinds]
    return story, found if _is_oldest_first(request) else found[::-1]


def _kinds(request: Request) -> Sequence[str]:
    return [each for each in request.query_params.getlist("tipo") if each in KINDS] or KINDS


def _is_oldest_first(request: Request) -> bool:
    return request.query_params.get("ordem") == "começo"


def happening(entry: Entry, *, shown: bool) -> Happening:
    """Word one point of a story."""
    state = entry.state
    verdict = "late" if state.version is None else "new" if state.version == 1 else "updated"
    mark = words.verdict(
        {
            "verdict": verdict,
            "kind": state.key.kind,
            **({"version": state.version} if (state.version or 0) > 1 else {}),
        }
    )
    path = record_path(state.key) + ("/versoes" if (state.version or 0) > 1 else "")
    name = f"{label(state.key.kind)} {masking.identity(state.key.id)}"
    return Happening(entry, verdict, name, path, mark.text, _said(entry, shown=shown))


def _said(entry: Entry, *, shown: bool) -> str:
    """Say what a state says: its open facts, what changed, and that it was late."""
    kind, said = entry.state.key.kind, []
    for field, text in entry.facts.items():
        value = text if shown else masking.masked_value(kind, field, text)
        if value != masking.MASK and field != "descricao":
            said.append(str(value))
        elif shown:
            said.append(text)
    if (entry.state.version or 0) > 1 and entry.state.changed:
        said.append(f"Mudou: {_names(entry.state.changed)}")
    if entry.state.version is None:
        said.append("Veio antes do estado atual e foi gravado depois dele. Nunca foi o estado atual")
    if not entry.names_contato:
        said.append("Este estado não cita mais o contato, ou ainda não o citava")
    return "".join(f"{each.rstrip('.')}. " for each in said).strip()


def _names(changed: Sequence[str]) -> str:
    more = len(changed) - _MAX_NAMES
    names = [masking.masked_name(each) for each in changed[:_MAX_NAMES]]
    return words.enumeration([*names, *([f"mais {more}"] if more > 0 else [])])


def _who(now: RecordState | None, *, shown: bool) -> dict[str, object]:
    if now is None:
        return {}
    said: dict[str, object] = {}
    for title, path in _WHO.items():
        value: object = now.data
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        said[title] = value if shown or value is None else masking.MASK
    return said


def _where(story: Timeline, *, shown: bool) -> dict[str, object]:
    """Say where the person stands, by the newest states of what concerns them: their process, their stage."""

    def told(entry: Entry, field: str) -> str:
        text, kind = entry.facts.get(field, ""), entry.state.key.kind
        return text if shown or not text else str(masking.masked_value(kind, field, text))

    said: dict[str, object] = {}
    for each in story.entries:
        kind, stage = each.state.key.kind, each.facts.get("tipo.nome", "")
        if each.state.version is None or not each.names_contato:
            continue
        if kind == "registro_processo":
            said["Processo"] = ", ".join(
                filter(None, (told(each, "processo.nome"), told(each, "status.nome")))
            )
        elif kind == "evento" and stage.startswith(ENTERED):
            today = datetime.now(UTC).astimezone(BRASILIA).date()
            since = words.day_word(_local(each.state.received_at), today)
            said["Etapa"] = f"{told(each, 'tipo.nome').removeprefix(ENTERED)}, desde {since}"
    return {title: value for title, value in said.items() if value}


def _same(stack: Stack, now: RecordState | None) -> Sequence[tuple[str, Sequence[Key], int]]:
    """Give the other contatos that have the same CPF or e-mail now: of which, some, how many more."""
    contato = validate(Contato, now.data).view if now else None
    if now is None or not isinstance(contato, Contato):
        return []
    identities: dict[By, str | None] = {"cpf": contato.cpf, "email": contato.email_principal}

    def others(by: By) -> Sequence[Key]:
        value = identities[by]
        try:
            keys = stack.records.keys(by, value, first=1 + _MAX_COUNTED) if value else ()
            return [each for each in islice(keys, 1 + _MAX_COUNTED) if each != now.key]
        except NoIdentityError:
            return []

    found: list[tuple[str, Sequence[Key], int]] = []
    told: set[Key] = set()
    for by, keys in zip(identities, at_once(others, identities), strict=True):
        if new := [each for each in keys if each not in told]:
            told.update(new)
            found.append((_TITLES[by], new[:_MAX_SAME], max(0, len(new) - _MAX_SAME)))
    return found


def _local(moment: datetime) -> date:
    return moment.astimezone(BRASILIA).date()


def _day(day: date) -> str:
    today = datetime.now(UTC).astimezone(BRASILIA).date()
    word = words.day_word(day, today)
    text = words.long_day(day)
    return f"{word.capitalize()}, {text}" if word in ("hoje", "ontem") else f"{text[0].upper()}{text[1:]}"
