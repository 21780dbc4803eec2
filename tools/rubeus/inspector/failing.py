"""What the pages say when AWS does not do what it was asked: what happened, and the way out."""

from collections.abc import Mapping
from typing import NamedTuple

from rubeus.inspector.stack import Stack
from rubeus.reading.failures import Cause, Failure

TITLES: Mapping[Cause, str] = {
    "denied": "Falta uma permissão na AWS",
    "login": "Sua sessão na AWS venceu",
    "throttled": "A AWS pediu para esperar",
    "away": "A AWS não respondeu",
    "other": "A AWS recusou o pedido",
}


class Sentence(NamedTuple):
    """What happens, without its full stop, so that since when can follow; and the way out."""

    what: str
    way_out: str


def sentence(failure: Failure, stack: Stack) -> Sentence:
    """Say a failure in words for who looks at this stack."""
    if failure.cause == "denied":
        action = failure.action or "o que esta página precisa"
        return Sentence(
            f"A AWS não deixa {stack.caller_name} fazer {action}",
            "Peça essa permissão a quem administra a conta.",
        )
    if failure.cause == "login":
        return Sentence(
            "As credenciais deste terminal não valem mais na AWS",
            "Entre de novo pelo terminal, por exemplo com aws sso login: a página volta sozinha.",
        )
    if failure.cause == "throttled":
        return Sentence(
            "A AWS pede para esperar",
            "Houve pedidos demais em pouco tempo; tentamos de novo em alguns segundos.",
        )
    if failure.cause == "away" and stack.is_local:
        return Sentence(
            "A AWS emulada não responde",
            "Rode rubeus serve de novo, na mesma porta: a página volta sozinha.",
        )
    if failure.cause == "away":
        return Sentence("A AWS não responde", "Confira a rede: a página volta sozinha.")
    return Sentence("A AWS recusou o pedido", "O motivo está nos detalhes da página.")
