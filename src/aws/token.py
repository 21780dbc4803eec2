"""The token in the URL: who may post."""

import hmac
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from aws.client import calling
from models.failures import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

STORE = "token secret"

Name = Literal["token", "previous"]
NAMES: tuple[Name, ...] = ("token", "previous")

FRESH_SECONDS = 300
"""How long a value may be used before the service is asked again."""

# A token that is not known may be one that was rotated in a moment ago; but strangers must not make us ask
# the service for every guess.
_ASK_AGAIN_SECONDS = 30


class Token:
    """The secret `{"token": …, "previous": …}`, cached.

    Parameters
    ----------
    seconds
        A monotonic clock.

    Attributes
    ----------
    failure
        Why the value known last serves and not a fresh one, while that is so.
    """

    def __init__(
        self, secretsmanager: "SecretsManagerClient", secret: str, seconds: Callable[[], float]
    ) -> None:
        self._secretsmanager = secretsmanager
        self._secret = secret
        self._seconds = seconds
        self._known: dict[Name, bytes] = {}
        self._asked_at = 0.0
        self.failure: StoreUnavailable | None = None

    def admits(self, candidate: str) -> Name | None:
        """Tell whether this is the token, or the previous one during a rotation; None if neither.

        Where the service does not answer, or the secret holds no token any more, the value known last serves.

        Raises
        ------
        StoreUnavailable
            If no value has been known yet and the service does not answer, or the secret holds none.
        """
        if not self._known or self._age() > FRESH_SECONDS:
            self._ask()
        if name := self._matches(candidate):
            return name
        if self._age() > _ASK_AGAIN_SECONDS:
            self._ask()
            return self._matches(candidate)
        return None

    def _age(self) -> float:
        return self._seconds() - self._asked_at

    def _ask(self) -> None:
        try:
            self._known = self._read()
            self.failure = None
        except StoreUnavailable as failure:
            if not self._known:
                raise
            self.failure = failure
        self._asked_at = self._seconds()

    def _read(self) -> dict[Name, bytes]:
        with calling(STORE):
            text = self._secretsmanager.get_secret_value(SecretId=self._secret)["SecretString"]
        try:
            value = json.loads(text)
            tokens = {name: value[name].encode() for name in NAMES if value.get(name)}
        except (ValueError, AttributeError, TypeError):
            raise StoreUnavailable(STORE, "NotTheExpectedJson") from None
        if not tokens:
            raise StoreUnavailable(STORE, "HoldsNoToken")
        return tokens

    def _matches(self, candidate: str) -> Name | None:
        """Compare in constant time, with every known token; as bytes, since text must be ASCII for it."""
        given = candidate.encode("utf-8", "surrogatepass")
        matches = [name for name, token in self._known.items() if hmac.compare_digest(given, token)]
        return matches[0] if matches else None
