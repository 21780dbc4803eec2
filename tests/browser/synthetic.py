"""A day of invented people for the browser: every verdict, several persons, changes over time."""

import json
from collections.abc import Iterator
from typing import Any

from rubeus.samples import post, read_event

ANA = {
    "id": "341",
    "codigo": "COD341",
    "nome": "Ana Exemplo",
    "cpf": "529.982.247-25",
    "emails": {"principal": "ana@example.com", "secundarios": None},
    "telefones": {"principal": "(11) 90000-0001", "secundarios": None},
    "aluno": "0",
    "cidade": "Campinas",
}
BRUNO = {**ANA, "id": "412", "codigo": "COD412", "nome": "Bruno Exemplo", "emails": None}
REGISTRO: dict[str, Any] = {
    "id": "148",
    "processo": {"id": "1", "nome": "Captação"},
    "contatos": [{"id": "341", "codigo": "COD341", "principal": "1", "tipo": "Aluno"}],
    "cursos": [{"id": "21", "codCurso": "ADM", "codOferta": "ADM_2", "principal": "1"}],
    "responsavel": {"id": "9", "nome": "Carla Exemplo", "email": "carla@example.com"},
    "status": "Em andamento",
    "resumoAtual": {"id": "3", "nome": "Não contactado"},
    "notaEnem": None,
    "criacao": "2026-11-20 14:31",
    "ultimaAlteracaoStatus": "2026-11-20 14:31",
}


def evento(number: int, stage: str, contato: str = "341") -> dict[str, Any]:
    """Make an evento of entering a stage."""
    return {
        "id": str(number),
        "tipo": {"id": "36", "codigo": None, "nome": f"Entrou na etapa {stage} - Captação"},
        "descricao": "<p>Nome: <b>Ana Exemplo</b></p>",
        "contato": {"id": contato, "codigo": f"COD{contato}"},
        "contatosSecundarios": [],
        "dataAgendamento": None,
    }


def atividade(number: int, **more: object) -> dict[str, Any]:
    """Make an atividade of Ana's."""
    return {
        "id": str(number),
        "contato": {"id": "341", "codigo": "COD341"},
        "vencimento": "2026-11-27 18:00",
        "duracao": "5",
        "descricao": "Ligar para Ana",
        "registroProcesso": None,
        "concluido": "0",
        "formaContato": "Ativo",
        **more,
    }


def bodies() -> Iterator[tuple[str, object]]:
    """Give the end of the URL and the records of each delivery, in their order."""
    yield "", []
    yield "", [ANA]
    yield "", [BRUNO]
    yield "", [REGISTRO]
    yield "", [evento(930, "Inscrito"), atividade(108)]
    yield "", [ANA]
    yield "", [{**ANA, "cidade": "Santos", "aluno": "1", "nomeSocial": "Aninha"}]
    yield "", [evento(931, "Convocado", "412")]
    changed = {
        "status": "Ganha",
        "resumoAtual": {"id": "4", "nome": "Matrícula iniciada"},
        "notaEnem": "760,5",
    }
    cursos = [*REGISTRO["cursos"], {"id": "34", "codCurso": "DIR", "codOferta": "DIR_1", "principal": "0"}]
    yield "", [{**REGISTRO, **changed, "cursos": cursos, "ultimaAlteracaoStatus": "2026-11-24 07:58"}]
    yield "fluxo", {"id": "77", "etapa_atual": "Oportunidade", "nome": "Ana Exemplo"}
    yield "", [atividade(108, concluido="1"), atividade(109)]
    yield (
        "",
        [
            {
                **ANA,
                "cidade": "Santos",
                "aluno": "1",
                "nomeSocial": "Aninha",
                "cpf": "111.222.333-44",
                "etapa": "Convocado",
            },
            BRUNO,
            {**evento(935, "Convocado"), "oportunidades": [{"id": "7"}]},
            "Ana Exemplo",
            {key: value for key, value in ANA.items() if key != "id"},
            {"id": "109", "assunto": "Retorno"},
            atividade(110),
            {**REGISTRO, "id": "150"},
        ],
    )
    yield "", [evento(936, "Matrícula iniciada")]


def post_all(url: str) -> list[str]:
    """Post the day to a receiver, as Rubeus does; gives the protocolos."""
    token = url.rpartition("/")[2]
    protocolos = []
    for kind, records in bodies():
        path = f"/webhook/{token}" + (f"/{kind}" if kind else "")
        event = read_event("contato") | {"rawPath": path, "body": json.dumps(records)}
        _, text = post(event, url)
        protocolos.append(str(json.loads(text)["protocolo"]))
    return protocolos
