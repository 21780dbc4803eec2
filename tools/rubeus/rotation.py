"""`rubeus token`: another token in the URL, with the old one valid until nobody uses it any more."""

import json
import secrets
import string
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from aws.token import FRESH_SECONDS
from rubeus.errors import CommandError
from rubeus.stack.child import HOST
from rubeus.target import Target, aws_errors
from rubeus.url import webhook_url
from rubeus.wording import print_json

# As template.yaml has the first one made: 256 bits.
_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 43

_MINUTES = FRESH_SECONDS // 60

_WHAT_TO_DO = """
The old URL is still valid. In Rubeus (Integrações → Webhooks), at each of the six triggers, and in every
automation flow with an HTTP action that has the old URL:

  1. Paste the new URL; where the old one ended in a kind (/contato, …), so must the new one.
  2. Press Testar. In the first half minute it may answer 401: press it again.

When no delivery has come with the old URL for some days (metric PreviousToken, namespace Rubeus):

  rubeus token retire
"""


@aws_errors()
def rotate(target: Target, *, local_port: int, force: bool, as_json: bool) -> int:
    """Make a new token, keep the present one as the previous one, and print the new URL.

    On AWS it needs `secretsmanager:GetSecretValue`, `secretsmanager:PutSecretValue` and
    `secretsmanager:UpdateSecretVersionStage` on the secret.
    As JSON: ``{"url"}``.

    Parameters
    ----------
    local_port
        Port of the receiver, where the target is a `rubeus serve`.
    force
        Drop a token that is the previous one already.

    Raises
    ------
    CommandError
        When there is a previous token already, or somebody else changed the secret meanwhile; then the
        secret is as it was.
    """
    base = f"http://{HOST}:{local_port}" if target.endpoint else target.outputs.get("ApiUrl")
    if base is None:
        message = "the stack has no output ApiUrl: is it this project's, and deployed?"
        raise CommandError(message)
    version, secret = _read(target)
    if secret.get("previous") and not force:
        message = (
            "the URL before this one is still valid: `rubeus token retire` first, when nobody uses it any"
            f" more; or --force, and it is refused in {_MINUTES} minutes at the latest"
        )
        raise CommandError(message)
    token = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    _write(target, version, {**secret, "token": token, "previous": secret["token"]})
    url = webhook_url(base, token)
    if as_json:
        print_json({"url": url})
    else:
        print(url)
        print(_WHAT_TO_DO, end="")
    return 0


@aws_errors()
def retire(target: Target, *, as_json: bool) -> int:
    """Forget the previous token; may be repeated.

    On AWS it needs what `rotate` needs.
    As JSON: ``{"retired", "minutes"}``: whether there was one, and for how long it may still be admitted.

    Raises
    ------
    CommandError
        When somebody else changed the secret meanwhile; then nothing was changed.
    """
    version, secret = _read(target)
    there_was_one = bool(secret.get("previous"))
    if there_was_one:
        _write(target, version, {**secret, "previous": ""})
    if as_json:
        print_json({"retired": there_was_one, "minutes": _MINUTES if there_was_one else 0})
    elif there_was_one:
        print(f"The old URL is retired: functions that run already may admit it for {_MINUTES} minutes more.")
    else:
        print("There is no old URL: only the present one is valid.")
    return 0


def _read(target: Target) -> tuple[str, Mapping[str, Any]]:
    """Read the version id of the secret, and what it holds."""
    answer = target.secretsmanager.get_secret_value(SecretId=target.ids["TokenSecret"])
    try:
        secret = json.loads(answer["SecretString"])
        there_is_one = bool(secret["token"])
    except (ValueError, KeyError, TypeError):
        there_is_one = False
    if not there_is_one:
        message = 'the secret does not hold {"token": …, "previous": …}'
        raise CommandError(message)
    return answer["VersionId"], secret


def _write(target: Target, version: str, secret: Mapping[str, Any]) -> None:
    """Put another value in the place of this version, if that one is still the current.

    PutSecretValue alone would overwrite whatever is there; moving AWSCURRENT away from a version which no
    longer has it is refused.
    """
    client = target.secretsmanager
    secret_id = target.ids["TokenSecret"]
    new = client.put_secret_value(
        SecretId=secret_id, SecretString=json.dumps(secret), VersionStages=["AWSPENDING"]
    )["VersionId"]
    try:
        client.update_secret_version_stage(
            SecretId=secret_id, VersionStage="AWSCURRENT", MoveToVersionId=new, RemoveFromVersionId=version
        )
    except ClientError as error:
        current, _ = _read(target)
        # It took effect where only the answer was lost, and botocore called again.
        if current == new:
            return
        if current != version:
            message = (
                "somebody else changed the token just now, and this command changed nothing: run it again"
            )
            raise CommandError(message) from error
        raise
