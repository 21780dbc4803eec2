"""Synthetic contatos as Rubeus sends them, about 1,050 bytes each, and the events that carry them."""

from collections.abc import Iterable
from typing import Any

TOKEN = "token-de-teste"  # noqa: S105 - synthetic

# What Rubeus documents (docs/sender.md), as PHP writes it: no white space, everything beyond ASCII escaped.
_CONTATO = (
    r'{"id":"%(id)d","codigo":"COD%(id)d","nome":"Pessoa Sint\u00e9tica %(id)d","nomeSocial":null,'
    r'"imagem":null,"cpf":"%(cpf)s","dataNascimento":"1997-10-22","endereco":"Rua Teste",'
    r'"numero":"%(number)d","bairro":"Jardim das Ruas","cidade":"S\u00e3o Paulo","uf":"SP",'
    r'"genero":"Masculino","canhoto":null,"profissao":"%(job)s","aluno":"0","exaluno":"1","anoFormacao":"2015",'
    r'"estadoCivil":{"id":"7","nome":"Solteiro"},"cor":{"id":"2","nome":"Branca"},'
    r'"grauInstrucao":{"id":"9","nome":"Educa\u00e7\u00e3o superior completo"},"outrasDeficiencias":null,'
    r'"deficiencias":[{"id":"1","nome":"Deficiente F\u00edsico","tipos":[{"id":"1","nome":"Paraplegia"}]}],'
    r'"origens":[{"id":"1","nome":"CRM"}],'
    r'"emails":{"principal":"pessoa%(id)d@example.com","secundarios":null},'
    r'"telefones":{"principal":"553%(phone)08d","secundarios":["553%(phone)08d"]},"tagsRDStation":null,'
    r'"camposPersonalizados":{"perfil":"Administrador"},"assinaturas":[{"id":1,"nome":"assinatura",'
    r'"justificativa":"exemplo","baseLegal":{"id":1,"nome":"base legal"}}],'
    r'"basesLegais":[{"id":1,"nome":"base legal"}]}'
)


def contato(number: int, job: str = "Auxiliar Administrativo") -> str:
    """Write one contato; its id is the number, and another job makes another content."""
    values = {"id": number, "cpf": _cpf(number), "number": number % 1000, "job": job, "phone": number}
    return _CONTATO % values


def event(contatos: Iterable[str]) -> dict[str, Any]:
    """Wrap contatos in what API Gateway hands over (HTTP API, payload format 2.0)."""
    path = f"/webhook/{TOKEN}"
    return {
        "version": "2.0",
        "routeKey": "ANY /webhook/{token}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"accept": "*/*", "content-type": "application/json"},
        "requestContext": {"http": {"method": "POST", "path": path}, "stage": "$default"},
        "pathParameters": {"token": TOKEN},
        "body": f"[{','.join(contatos)}]",
        "isBase64Encoded": False,
    }


def _cpf(number: int) -> str:
    """Give a CPF with the right check digits: a wrong one would cost a second look at the record."""
    digits = f"{number:09d}"
    for length in (10, 11):
        weights = range(length, 1, -1)
        total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
        digits += str(total * 10 % 11 % 10)
    return digits
