"""The four example payloads that Rubeus documents, character by character; docs/sender.md names the page."""

from typing import Any, Final, cast

from models.exact_json import loads

DOCUMENTED: Final = {
    "contato": r"""[
    {
        "id": "341",
        "codigo": "COD156",
        "nome": "Matheus de Almeida Amaral",
        "nomeSocial": null,
        "imagem": null,
        "cpf": "12547854577",
        "dataNascimento": "1997-10-22",
        "endereco": "Rua Teste",
        "numero": "535",
        "bairro": "Jardim das Ruas",
        "cidade": "São Paulo",
        "uf": "SP",
        "genero": "Masculino",
        "canhoto": null,
        "profissao": "Auxiliar Administrativo",
        "aluno": "0",
        "exaluno": "1",
        "anoFormacao": "2015",
        "estadoCivil": {
            "id": "7",
            "nome": "Solteiro"
        },
        "cor": {
            "id": "2",
            "nome": "Branca"
        },
        "grauInstrucao": {
            "id": "9",
            "nome": "Educação superior completo"
        },
        "outrasDeficiencias": null,
        "deficiencias": [
            {
                "id": "1",
                "nome": "Deficiente Físico",
                "tipos": [
                    {
                        "id": "1",
                        "nome": "Paraplegia"
                    }
                ]
            }
        ],
        "origens": [
            {
                "id": "1",
                "nome": "CRM"
            }
        ],
        "emails": {
            "principal": "matheusamaral@rubeus.com.br",
            "secundarios": null
        },
        "telefones": {
            "principal": "2323342342",
            "secundarios": [
                "2323342341"
            ]
        },
        "tagsRDStation": null,
        "camposPersonalizados": {
            "perfil": "Administrador"
        },
        "assinaturas": [
            {
                "id": 1,
                "nome": "assinatura",
                "justificativa": "exemplo",
                "baseLegal": {
                    "id": 1,
                    "nome": "base legal"
                }
            }
        ],
        "basesLegais": [
            {
                "id": 1,
                "nome": "base legal"
            }
        ]
    }
]""",
    "registro_processo": r"""[{
    "id": "150",
    "processo": {
        "id": "1",
        "nome": "Captação"
    },
    "contatos": [{
        "id": "635",
        "codigo": "COD156",
        "principal": "1",
        "tipo": "Aluno"
    }, {
        "id": "636",
        "codigo": "COD157",
        "principal": "0",
        "tipo": "Responsável"
    }],
    "cursos": [{
        "id": "21",
        "codCurso": "ADM",
        "codOferta": "ADM_2",
        "principal": "1"
    }],
    "responsavel": {
        "id": "15",
        "nome": "Marcos Aurélio",
        "email": "marcosaurelio@vivalle.com.br"
    },
    "criacao": "2019-02-06 11:06",
    "origem": {
        "id": "2",
        "nome": "Portal de inscrição"
    },
    "modalidade": {
        "id": "1",
        "nome": "Presencial"
    },
    "dataAtividade": "2019-02-06 23:06",
    "compareceuAtividade": "0",
    "notaEnem": "760",
    "formaIngresso": "Processo seletivo presencial",
    "resumoAtual": {
        "id": "1",
        "nome": "Não contactado"
    },
    "localOferta": {
        "id": "1",
        "nome": "Local de oferta 1"
    },
    "unidade": {
        "id": "1",
        "nome": "Unidade 1"
    },
    "status": "Perdida",
    "ultimaAlteracaoStatus": "2019-02-06 15:06",
    "objecao": {
        "id": "1",
        "nome": "Ingressou em outra universidade"
    },
    "observacaoPerda": null,
    "concorrente": {
        "id": "1",
        "nome": "Uniexemplo"
    },
    "camposPersonalizados": {
        "perfil": "Administrador"
    }
}]""",
    "atividade": r"""[{
    "id": "108",
    "contato": {
        "id": "635",
        "codigo": "COD156"
    },
    "vencimento": "2019-02-01 00:25",
    "duracao": "5",
    "descricao": "Ligação",
    "registroProcesso": "150",
    "curso": {
        "id": "21",
        "codOferta": "ADM_2",
        "codCurso": "ADM"
    },
    "responsavel": {
        "id": "15",
        "nome": "Marcos Souza",
        "email": "marcossouza@rubeus.com.br"
    },
    "resumoAtual": {
        "id": "1",
        "nome": "Não contactado"
    },
    "concluido": "0",
    "formaContato": "Ativo"
}]""",
    "evento": r"""[{
    "id": "934",
    "tipo": {
        "id": "36",
        "codigo": null,
        "nome": "Entrou na etapa Convocado - Captação"
    },
    "descricao": "<p>Iniciou a inscrição<\/p>",
    "contato": {
        "id": "635",
        "codigo": "COD156"
    },
    "contatosSecundarios": [
        "634",
        "633"
    ],
    "curso": {
        "id": "21",
        "codCurso": "ADM",
        "codOferta": "ADM_2"
    },
    "dataAgendamento": {
        "data": "2019-02-01 06:27",
        "tipo": "PROVA"
    }
}]""",
}


def documented(kind: str) -> dict[str, Any]:
    """Give a fresh copy of a kind's documented record, parsed."""
    return cast("list[dict[str, Any]]", loads(DOCUMENTED[kind]))[0]
