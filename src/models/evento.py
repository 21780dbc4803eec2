"""The evento: something that happened to a contato, such as entering a stage."""

from models.identity import ReferencesTo
from models.record import Reference, once_each
from models.shapes import Base, ContatoKey, Curso, Named, OneContato, Part, mentions
from models.values import Moment, Object, Text


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
    contato: OneContato = None
    contatosSecundarios: ReferencesTo[ContatoKey] = ()
    curso: Object[Curso] = None
    dataAgendamento: Object[DataAgendamento] = None

    @property
    def references(self) -> tuple[Reference, ...]:
        """Its contato, then the secondary ones."""
        secondary = (Reference(each.id, "secundario", principal=False) for each in self.contatosSecundarios)
        return once_each((*mentions(self.contato), *secondary))
