"""The evento: something that happened to a contato, such as entering a stage."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from models.base import Base, ContatoKey, Curso, Named, Part, Reference, once_each
from models.values import Moment, Object, ObjectsOrIds, StrictObject, Text


class Tipo(Named):
    """What kind of evento it is."""

    codigo: Text = None


class DataAgendamento(Part):
    """When something is scheduled, and what."""

    data: Moment = None
    tipo: Text = None


class Evento(Base):
    """An evento; `contatosSecundarios` always read as objects, though Rubeus sends bare ids."""

    tipo: Object[Tipo] = None
    descricao: Text = None
    contato: StrictObject[ContatoKey] = None
    contatosSecundarios: ObjectsOrIds[ContatoKey] = ()
    curso: Object[Curso] = None
    dataAgendamento: Object[DataAgendamento] = None

    @property
    def descricao_texto(self) -> str | None:
        """The HTML of `descricao` as plain text: a line for each block, white space as a browser shows it."""
        return _plain_text(self.descricao) if self.descricao else None

    @property
    def references(self) -> tuple[Reference, ...]:
        """Its contato, then the secondary ones."""
        return once_each(self._mentions())

    def _mentions(self) -> Iterator[Reference]:
        if self.contato:
            yield Reference(self.contato.id, "contato", principal=True)
        for each in self.contatosSecundarios:
            yield Reference(each.id, "secundario", principal=False)


class _Reader(HTMLParser):
    """Collects the text of HTML; any text is HTML enough."""

    # Elements that a browser puts on lines of their own, and cells, whose texts would run together otherwise.
    BREAKS = re.compile(
        r"address|article|blockquote|br|dd|div|dl|dt|fieldset|figure|footer|form|h[1-6]|header|hr|li|main|ol|p|pre"
        r"|section|t(able|body|d|foot|h|head|r)|ul"
    )
    HIDDEN = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in self.HIDDEN
        self._break_at(tag)

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False
        self._break_at(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(re.sub(r"\s+", " ", data))

    def parse_html_declaration(self, i: int) -> int:
        """Skip what begins with ``<!``: the parser's own reading fails on unknown ones (`AssertionError`)."""
        return self.parse_bogus_comment(i)

    def _break_at(self, tag: str) -> None:
        if self.BREAKS.fullmatch(tag):
            self.pieces.append("\n")


def _plain_text(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return "\n".join(line for line in lines if line)
