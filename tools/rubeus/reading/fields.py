"""Which fields of a record everybody may see: an allow-list. What is in neither list is masked, too.

Open are ids, status, stage, course, process, type, flags and the dates of a process. Each says what its
values look like, since a sender may write a name into any field: another value is masked all the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

Form: TypeAlias = re.Pattern[str]

# A CPF, or a mobile phone, that somebody made the id.
_PERSONAL = r"\d{3}[. ]?\d{3}[. ]?\d{3}[- ]?\d{2}"

ID: Final = re.compile(rf"(?!{_PERSONAL}$)[A-Za-z0-9._:-]{{1,64}}")
FLAG: Final = re.compile(r"-?[01]")
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?")
WORDS: Final = re.compile(rf"(?!.*(\d{{6}}|\d{{5}}[- ]\d{{4}}|{_PERSONAL}))[^@\x00-\x1f\x7f]{{1,100}}")
"""What an administrator of Rubeus named: a process, a stage, a course."""

OPEN: Final[Mapping[str, Mapping[str, Form]]] = {
    "contato": {"id": ID, "aluno": FLAG, "exaluno": FLAG, "etapa": WORDS},
    "registro_processo": {
        "id": ID,
        "processo.id": ID,
        "processo.nome": WORDS,
        "contatos.id": ID,
        "contatos.principal": FLAG,
        "contatos.tipo": WORDS,
        "cursos.id": ID,
        "cursos.codCurso": WORDS,
        "cursos.codOferta": WORDS,
        "cursos.principal": FLAG,
        "criacao": DATE,
        "dataAtividade": DATE,
        "compareceuAtividade": FLAG,
        "resumoAtual.id": ID,
        "resumoAtual.nome": WORDS,
        "etapa": WORDS,
        "status": WORDS,
        "status.id": ID,
        "status.nome": WORDS,
        "ultimaAlteracaoStatus": DATE,
    },
    "atividade": {
        "id": ID,
        "contato.id": ID,
        "vencimento": DATE,
        "registroProcesso": ID,
        "registroProcesso.id": ID,
        "curso.id": ID,
        "curso.codCurso": WORDS,
        "curso.codOferta": WORDS,
        "resumoAtual.id": ID,
        "resumoAtual.nome": WORDS,
        "concluido": FLAG,
    },
    "evento": {
        "id": ID,
        "tipo.id": ID,
        "tipo.codigo": WORDS,
        "tipo.nome": WORDS,
        "contato.id": ID,
        "contatosSecundarios": ID,
        "contatosSecundarios.id": ID,
        "curso.id": ID,
        "curso.codCurso": WORDS,
        "curso.codOferta": WORDS,
        "dataAgendamento.data": DATE,
        "dataAgendamento.tipo": WORDS,
    },
    # Of what a flow posts, whoever built it chose the keys.
    "fluxo": {"id": ID},
}
"""The open fields of each kind by their dotted paths, list positions left out; those in bare form, too."""

COVERED: Final[Mapping[str, frozenset[str]]] = {
    "contato": frozenset(
        {
            *("codigo", "nome", "nomeSocial", "imagem", "cpf", "dataNascimento", "genero", "canhoto"),
            *("endereco", "numero", "bairro", "cidade", "uf", "profissao", "anoFormacao"),
            *("estadoCivil.id", "estadoCivil.nome", "cor.id", "cor.nome"),
            *("grauInstrucao.id", "grauInstrucao.nome", "outrasDeficiencias"),
            *("deficiencias.id", "deficiencias.nome", "deficiencias.tipos.id", "deficiencias.tipos.nome"),
            *("origens.id", "origens.nome", "emails.principal", "emails.secundarios"),
            *("telefones.principal", "telefones.secundarios", "tagsRDStation", "camposPersonalizados"),
            *("assinaturas.id", "assinaturas.nome", "assinaturas.justificativa"),
            *("assinaturas.baseLegal.id", "assinaturas.baseLegal.nome", "basesLegais.id", "basesLegais.nome"),
        }
    ),
    "registro_processo": frozenset(
        {
            *("contatos.codigo", "responsavel.id", "responsavel.nome", "responsavel.email"),
            *("origem.id", "origem.nome", "modalidade.id", "modalidade.nome", "notaEnem", "formaIngresso"),
            *("localOferta.id", "localOferta.nome", "unidade.id", "unidade.nome"),
            *("objecao.id", "objecao.nome", "observacaoPerda", "concorrente.id", "concorrente.nome"),
            "camposPersonalizados",
        }
    ),
    "atividade": frozenset(
        {
            *("contato.codigo", "duracao", "descricao", "formaContato"),
            *("responsavel.id", "responsavel.nome", "responsavel.email"),
        }
    ),
    "evento": frozenset({"descricao", "contato.codigo", "contatosSecundarios.codigo"}),
    "fluxo": frozenset(),
}
"""The documented fields that somebody looked at and decided to mask."""


DOCUMENTED: Final = frozenset(
    name for fields in (*OPEN.values(), *COVERED.values()) for path in fields for name in path.split(".")
)
"""All names in any documented path."""

_UNKNOWN_KIND: Final = {"id": ID}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a record, whatever the position in lists.

    Attributes
    ----------
    form
        What a value there looks like that everybody may see; None: everybody may see none.
    members
        The places of an object's members that are open, or have open ones in them; a path counts as a name.
    """

    form: Form | None
    members: Mapping[str, "Place"]

    def member(self, name: str) -> "Place":
        """Give the place of an object's member, by its name or the path to it."""
        return self.members.get(name, _COVERED)


_COVERED: Final = Place(None, {})


@lru_cache
def open_fields(kind: str | None) -> Place:
    """Give the place of a kind's records; where the kind is not known, only an id is open in it."""
    return _place(OPEN.get(kind or "", _UNKNOWN_KIND), "")


def _place(forms: Mapping[str, Form], path: str) -> Place:
    prefix = f"{path}." if path else ""
    below = [each.removeprefix(prefix).split(".") for each in forms if each.startswith(prefix)]
    names = {".".join(names[:count]) for names in below for count in range(1, len(names) + 1)}
    return Place(forms.get(path), {name: _place(forms, prefix + name) for name in names})
