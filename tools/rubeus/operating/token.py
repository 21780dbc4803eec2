"""Another token in the URL, with the old one valid until nobody uses it any more."""

import json
import secrets
import string
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rubeus.errors import CommandError
from rubeus.reading.token import read_secret

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# As template.yaml has the first one made: 256 bits.
_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 43


class PreviousTokenError(CommandError):
    """The token before the present one is still valid."""


def rotate(secretsmanager: "SecretsManagerClient", secret_id: str, *, force: bool) -> str:
    """Make a new token, keep the present one as the previous one, and give the new one.

    On AWS it needs `secretsmanager:GetSecretValue`, `secretsmanager:PutSecretValue` and
    `secretsmanager:UpdateSecretVersionStage` on the secret.

    Parameters
    ----------
    force
        Drop a token that is the previous one already.

    Raises
    ------
    PreviousTokenError
        When there is a previous token already.
    CommandError
        When somebody else changed the secret meanwhile. In both cases the secret is as it was.
    """
    version, secret = read_secret(secretsmanager, secret_id)
    if secret.get("previous") and not force:
        message = "the URL before this one is still valid"
        raise PreviousTokenError(message)
    token = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    changed = {**secret, "token": token, "previous": secret["token"]}
    _write(secretsmanager, secret_id, version, changed)
    return token


def retire(secretsmanager: "SecretsManagerClient", secret_id: str) -> bool:
    """Forget the previous token, and say whether there was one; may be repeated.

    On AWS it needs what `rotate` needs.

    Raises
    ------
    CommandError
        When somebody else changed the secret meanwhile; then nothing was changed.
    """
    version, secret = read_secret(secretsmanager, secret_id)
    if not secret.get("previous"):
        return False
    _write(secretsmanager, secret_id, version, {**secret, "previous": ""})
    return True


def _write(
    secretsmanager: "SecretsManagerClient", secret_id: str, version: str, secret: Mapping[str, Any]
) -> None:
    """Put another value in the place of this version, if that one is still the current.

    PutSecretValue alone would overwrite whatever is there; moving AWSCURRENT away from a version which no
    longer has it is refused.
    """
    new = secretsmanager.put_secret_value(
        SecretId=secret_id, SecretString=json.dumps(secret), VersionStages=["AWSPENDING"]
    )["VersionId"]
    try:
        secretsmanager.update_secret_version_stage(
            SecretId=secret_id, VersionStage="AWSCURRENT", MoveToVersionId=new, RemoveFromVersionId=version
        )
    except ClientError as error:
        current, _ = read_secret(secretsmanager, secret_id)
        # It took effect where only the answer was lost, and botocore called again.
        if current == new:
            return
        if current != version:
            message = (
                "somebody else changed the token just now, and this command changed nothing: run it again"
            )
            raise CommandError(message) from error
        raise
