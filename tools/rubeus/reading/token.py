"""The secret that holds the token, and the URL that is made of it."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rubeus.errors import CommandError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def read_secret(secretsmanager: "SecretsManagerClient", secret_id: str) -> tuple[str, Mapping[str, Any]]:
    """Read the version id of the secret, and what it holds: `token`, `previous` and what else there is.

    Raises
    ------
    CommandError
        When it holds no token; what it holds is not told.
    """
    answer = secretsmanager.get_secret_value(SecretId=secret_id)
    try:
        secret = json.loads(answer["SecretString"])
        there_is_one = bool(secret["token"])
    except (ValueError, KeyError, TypeError):
        there_is_one = False
    if not there_is_one:
        message = 'the secret does not hold {"token": …, "previous": …}'
        raise CommandError(message)
    return answer["VersionId"], secret


def webhook_url(base: str, token: str) -> str:
    """Give the URL to paste into Rubeus."""
    return f"{base.rstrip('/')}/webhook/{token}"
