"""The atividade: something to do, or done, with a contato."""

from models.base import Base, ContatoKey, Curso, Named, Part, Reference, Responsavel
from models.values import Flag, Identity, Integer, Moment, Object, ObjectOrId, StrictObject, Text


class RegistroKey(Part):
    """Which registro_processo is meant."""

    id: Identity


class Atividade(Base):
    """An atividade; `registroProcesso` always reads as an object, though Rubeus sends the bare id.

    The unit of `duracao` is not documented.
    """

    contato: StrictObject[ContatoKey] = None
    vencimento: Moment = None
    duracao: Integer = None
    descricao: Text = None
    registroProcesso: ObjectOrId[RegistroKey] = None
    curso: Object[Curso] = None
    responsavel: Object[Responsavel] = None
    resumoAtual: Object[Named] = None
    concluido: Flag = None
    formaContato: Text = None

    @property
    def references(self) -> tuple[Reference, ...]:
        """Its contato."""
        return (Reference(self.contato.id, "contato", principal=True),) if self.contato else ()
