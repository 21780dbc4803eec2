"""The registro_processo: the way of contatos through a processo, such as an admission."""

from pydantic import Field

from models.identity import ObjectReferencesTo
from models.record import Reference, once_each
from models.shapes import Base, ContatoKey, Curso, Named, Responsavel
from models.values import CustomFields, Flag, Moment, Number, Object, ObjectOrNome, Objects, Text


class Participante(ContatoKey):
    """A contato in the registro, and as what, such as Aluno or Responsável."""

    principal: Flag = None
    tipo: Text = None


class CursoDeInteresse(Curso):
    """One of the courses the registro is about."""

    principal: Flag = None


class RegistroProcesso(Base):
    """A registro_processo; `status` always reads as an object, its `nome` being what Rubeus sends as text."""

    processo: Object[Named] = None
    contatos: ObjectReferencesTo[Participante] = ()
    cursos: Objects[CursoDeInteresse] = ()
    responsavel: Object[Responsavel] = None
    criacao: Moment = None
    origem: Object[Named] = None
    modalidade: Object[Named] = None
    dataAtividade: Moment = None
    compareceuAtividade: Flag = None
    notaEnem: Number = None
    formaIngresso: Text = None
    resumoAtual: Object[Named] = None
    localOferta: Object[Named] = None
    unidade: Object[Named] = None
    status: ObjectOrNome[Named] = None
    ultimaAlteracaoStatus: Moment = None
    objecao: Object[Named] = None
    observacaoPerda: Text = None
    concorrente: Object[Named] = None
    camposPersonalizados: CustomFields = Field(default_factory=dict)

    @property
    def references(self) -> tuple[Reference, ...]:
        """Its contatos; the role is their `tipo`. Several or none may be principal, as sent."""
        return once_each(Reference(each.id, each.tipo, each.principal is True) for each in self.contatos)
