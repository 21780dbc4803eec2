"""Who is asked for, by what a person is known by."""

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from rubeus.cli.arguments import Function

if TYPE_CHECKING:
    from rubeus.reading.records import By

MESSAGE = "Give one of --codigo, --cpf and --email."


class _Identity(click.ParamType):
    """A codigo, CPF or e-mail, in whatever form it is typed; read as it is typed, and never repeated."""

    name = "TEXT"

    def __init__(self, by: "By") -> None:
        self._by: By = by

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check it."""
        from rubeus.reading.records import NoIdentityError, searched

        try:
            searched(self._by, value)
        except NoIdentityError as error:
            self.fail(str(error), param, ctx)
        return value


def by_identity(command: Function) -> Function:
    """Add the three ways to name a person, as the argument `identity`: which, and its text; or None."""

    @click.option("--codigo", type=_Identity("codigo"), help="A contato, by the institution's own code.")
    @click.option("--cpf", type=_Identity("cpf"), help="A contato, by its CPF, with or without points.")
    @click.option("--email", type=_Identity("email"), help="A contato, by the principal e-mail.")
    @wraps(command)
    def run(*, codigo: str | None, cpf: str | None, email: str | None, **others: Any) -> int:  # noqa: ANN401 (the other options)
        options: dict[By, str | None] = {"codigo": codigo, "cpf": cpf, "email": email}
        given = [(by, text) for by, text in options.items() if text is not None]
        if len(given) > 1:
            raise click.UsageError(MESSAGE)
        return command(identity=given[0] if given else None, **others)

    return run
