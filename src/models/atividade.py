"""The atividade: something to do, or done, with a contato."""

from models.identity import Identity, ReferenceTo
from models.record import Reference, once_each
from models.shapes import Base, Curso, Named, OneContato, Part, Responsavel, mentions
from models.values import Flag, Integer, Moment, Object, Text


class RegistroKey(Part):
    """Which registro_processo is meant."""

    id: Identity


class Atividade(Base):
    """An atividade; `registroProcesso` always reads as an object, though Rubeus sends the bare id.

    The unit of `duracao` is not documented.
    """

    contato: OneContato = None
    vencimento: Moment = None
    duracao: Integer = None
    descricao: Text = None
    registroProcesso: ReferenceTo[RegistroKey] = None
    curso: Object[Curso] = None
    responsavel: Object[Responsavel] = None
    resumoAtual: Object[Named] = None
    concluido: Flag = None
    formaContato: Text = None

    @property
    def references(self) -> tuple[Reference, ...]:
        """Its contato."""
        return once_each(mentions(self.contato))
