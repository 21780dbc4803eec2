"""The contato: a person, as the CRM knows them."""

from pydantic import Field

from models import addresses
from models.addresses import Cpf, Email, Phone, Phones
from models.shapes import Base, Named, Part
from models.values import CustomFields, Day, Flag, Integer, Object, Objects, Text, Texts


class Deficiencia(Named):
    """A disability, and of which types (sensitive personal data)."""

    tipos: Objects[Named] = ()


class Emails(Part):
    """The e-mail addresses."""

    principal: Email = None
    secundarios: addresses.Emails = ()


class Telefones(Part):
    """The phone numbers, as digits."""

    principal: Phone = None
    secundarios: Phones = ()


class Assinatura(Named):
    """A subscription to communications, with its legal basis under LGPD."""

    justificativa: Text = None
    baseLegal: Object[Named] = None


class Contato(Base):
    """A contato; `codigo` is the institution's own code for it and can change."""

    codigo: Text = None
    nome: Text = None
    nomeSocial: Text = None
    imagem: Text = None
    cpf: Cpf = None
    dataNascimento: Day = None
    endereco: Text = None
    numero: Text = None
    bairro: Text = None
    cidade: Text = None
    uf: Text = None
    genero: Text = None
    canhoto: Flag = None
    profissao: Text = None
    aluno: Flag = None
    exaluno: Flag = None
    anoFormacao: Integer = None
    estadoCivil: Object[Named] = None
    cor: Object[Named] = None
    grauInstrucao: Object[Named] = None
    outrasDeficiencias: Text = None
    deficiencias: Objects[Deficiencia] = ()
    origens: Objects[Named] = ()
    emails: Object[Emails] = None
    telefones: Object[Telefones] = None
    tagsRDStation: Texts = ()
    camposPersonalizados: CustomFields = Field(default_factory=dict)
    assinaturas: Objects[Assinatura] = ()
    basesLegais: Objects[Named] = ()

    @property
    def searched_codigo(self) -> str | None:
        """The codigo without blanks around it, as it is searched for."""
        return (self.codigo or "").strip() or None

    @property
    def email_principal(self) -> str | None:
        """The principal e-mail address in lower case, as it is searched for."""
        address = self.emails.principal if self.emails else None
        return address.lower() if address else None
