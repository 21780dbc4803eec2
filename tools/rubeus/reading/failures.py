"""What AWS answers when it does not do what it was asked, as facts to word."""

import re
from dataclasses import dataclass
from typing import Literal

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError

from models.failures import StoreUnavailable

AWS_ERRORS = (ClientError, BotoCoreError, ResponseParserError, StoreUnavailable)
"""What reading and operating raise of AWS."""

Cause = Literal["denied", "login", "throttled", "away", "other"]

_DENIED = (
    *("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"),
    *("KMS.AccessDeniedException", "KmsAccessDenied"),  # of SQS, where a key of one's own encrypts the queues
)
_LOGIN = (
    *("ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"),
    *("UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch"),
)
_THROTTLED = (
    *("Throttling", "ThrottlingException", "RequestLimitExceeded", "RequestThrottled"),
    *("ProvisionedThroughputExceededException", "TooManyRequestsException", "KMS.ThrottlingException"),
    "OutOfTime",  # what a batch left undone, a minute long
)
_LOGIN_ERRORS = (
    *(NoCredentialsError, PartialCredentialsError, CredentialRetrievalError),
    *(SSOError, TokenRetrievalError, UnauthorizedSSOTokenError),
)
# IAM's words: who, then this, then on which resource, then why.
_ACTION = re.compile(r"not authorized to perform: ([\w:*-]+)(?: on resource: (\S+))?")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why AWS did not do something.

    Attributes
    ----------
    cause
        A permission is missing; the credentials are missing or expired; too many calls; no answer; else.
    code
        The service's error code, or the client's exception.
    action, resource
        What was not allowed, and on what, as far as the service says.
    """

    cause: Cause
    code: str
    action: str | None = None
    resource: str | None = None


def explain(error: BaseException) -> Failure:
    """Tell what an error of `AWS_ERRORS` means; nothing of its message is given but action and resource."""
    if isinstance(error, StoreUnavailable) and isinstance(error.__cause__, AWS_ERRORS):
        error = error.__cause__
    if isinstance(error, ClientError):
        code = error.response["Error"].get("Code", "")
        match = _ACTION.search(error.response["Error"].get("Message", ""))
        action, resource = match.groups() if match else (None, None)
        return Failure(_cause(code), code, action, resource)
    if isinstance(error, StoreUnavailable):
        return Failure(_cause(error.code), error.code)
    if isinstance(error, _LOGIN_ERRORS):
        return Failure("login", type(error).__name__)
    return Failure("away", type(error).__name__)


def _cause(code: str) -> Cause:
    if code in _DENIED:
        return "denied"
    if code in _LOGIN:
        return "login"
    return "throttled" if code in _THROTTLED else "other"
