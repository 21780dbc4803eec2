"""The dialog that the button "Testar" of Rubeus shows."""

_WIDTH = 80


def dialog(status: int, body: str) -> str:
    """Draw it: the status, and the body as it came."""
    return "\n".join(
        [
            _rule("┌─ Status da requisição "),
            f"│ {status}",
            _rule("├─ Retorno "),
            *(f"│ {line}" for line in body.splitlines()),
            _rule("└"),
        ]
    )


def _rule(start: str) -> str:
    return start + "─" * (_WIDTH - len(start))
