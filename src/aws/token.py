"""The token in the URL: who may post."""

import hmac
import json
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Literal, NamedTuple

from aws.client import store_errors
from models.clock import Clock
from models.failures import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

STORE = "token secret"

Name = Literal["token", "previous"]
NAMES: tuple[Name, ...] = ("token", "previous")

FRESH_SECONDS = 300
"""How long a value may be used before the service is asked again."""

ASK_AGAIN_SECONDS = 5
"""For so long a new token may be refused: strangers must not make us ask the service for every guess."""


class TokenCheck(NamedTuple):
    """What is known of a token that somebody came with.

    Attributes
    ----------
    matched
        Which of the two it is; None if neither.
    refresh_failure
        What is wrong with the secret, or with the service that keeps it, although a token could be compared.
    """

    matched: Name | None
    refresh_failure: StoreUnavailable | None = None


class Token:
    """The secret `{"token": …, "previous": …}`, cached."""

    def __init__(self, secretsmanager: "SecretsManagerClient", secret: str, clock: Clock) -> None:
        self._secretsmanager = secretsmanager
        self._secret = secret
        self._clock = clock
        self._known: dict[Name, bytes] = {}
        self._asked_at = 0.0
        self._failure: StoreUnavailable | None = None

    def check(self, candidate: str) -> TokenCheck:
        """Compare with the token and, during a rotation, the previous one.

        If the service does not answer, or the secret holds no token any more, the last known value serves.

        Raises
        ------
        StoreUnavailable
            If no value has been known yet and the service does not answer, or the secret holds none.
        """
        if not self._known or self._age() > FRESH_SECONDS:
            self._refresh()
        matched = self._match(candidate)
        if matched is None and self._age() > ASK_AGAIN_SECONDS:
            self._refresh()
            matched = self._match(candidate)
        return TokenCheck(matched, self._failure)

    def _age(self) -> float:
        return self._clock.monotonic() - self._asked_at

    def _refresh(self) -> None:
        try:
            self._known, self._failure = self._read()
        except StoreUnavailable as failure:
            if not self._known:
                raise
            self._failure = failure
        self._asked_at = self._clock.monotonic()

    def _read(self) -> tuple[dict[Name, bytes], StoreUnavailable | None]:
        """Read the secret, however it was put there: as text or bytes, by hand or from a file."""
        with store_errors(STORE):
            answer = self._secretsmanager.get_secret_value(SecretId=self._secret)
        try:
            text = (
                answer.get("SecretString") or answer.get("SecretBinary", b"").removeprefix(BOM_UTF8).decode()
            )
            value = json.loads(text)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise StoreUnavailable(STORE, "NotTheExpectedJson")
        given = {name: value[name] for name in NAMES if value.get(name)}
        texts = {name: text.strip() for name, text in given.items() if isinstance(text, str)}
        tokens = {name: text.encode("utf-8", "surrogatepass") for name, text in texts.items() if text}
        if not tokens:
            raise StoreUnavailable(STORE, "HoldsNoToken")
        return tokens, None if len(texts) == len(given) else StoreUnavailable(STORE, "TokenIsNoText")

    def _match(self, candidate: str) -> Name | None:
        """Compare in constant time with every known token, as bytes: texts would have to be ASCII."""
        given = candidate.encode("utf-8", "surrogatepass")
        matches = [name for name, token in self._known.items() if hmac.compare_digest(given, token)]
        return matches[0] if matches else None
