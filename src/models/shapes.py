"""What records of all kinds share: objects that Rubeus sends in several places, and the record itself."""

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from models.identity import Identity, reference
from models.record import Reference
from models.values import Text


class Part(BaseModel):
    """A typed view of an object that Rubeus sends; keys that Rubeus does not document are kept as sent."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)


class Named(Part):
    """Anything that is sent as ``{id, nome}``."""

    id: Text = None
    nome: Text = None


class Responsavel(Named):
    """The user of the CRM who is in charge."""

    email: Text = None


class Curso(Part):
    """A course as it is offered."""

    id: Text = None
    codCurso: Text = None
    codOferta: Text = None


class ContatoKey(Part):
    """Which contato is meant."""

    id: Identity
    codigo: Text = None


class SeveralContatos(ContatoKey):
    """The first of the contatos that one text names, and the others; only our own code makes it."""

    others: tuple[Identity, ...]


class Base(Part):
    """One record: an element of the array that Rubeus posts."""

    id: Identity

    @property
    def references(self) -> tuple[Reference, ...]:
        """The contatos that this record concerns, in the order sent, each once."""
        return ()


def mentions(contato: ContatoKey | None) -> Iterator[Reference]:
    """Give whom a record's `contato` means: the principal one, then others where one text names several."""
    if contato:
        yield Reference(contato.id, "contato", principal=True)
    if isinstance(contato, SeveralContatos):
        for each in contato.others:
            yield Reference(each, "contato", principal=False)


def _contato(value: object, info: ValidationInfo) -> object:
    found = reference(value, info)
    return SeveralContatos(id=found[0], others=tuple(found[1:])) if isinstance(found, list) else found


OneContato: TypeAlias = Annotated[ContatoKey | None, BeforeValidator(_contato)]
"""An object with the id of the contato that a record is about; a bare id with a warning."""
