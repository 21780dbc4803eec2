import pytest
from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
)

from models.failures import StoreUnavailable
from rubeus.reading.failures import Failure, explain

QUERY = (
    "User: arn:aws:iam::123456789012:user/leitor is not authorized to perform: dynamodb:Query on resource:"
    " arn:aws:dynamodb:sa-east-1:123456789012:table/t/index/by_day because no identity-based policy allows it"
)


def refused(code: str, message: str = "") -> ClientError:
    """Make what boto3 raises for an error of a service."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Query")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            refused("AccessDeniedException", QUERY),
            Failure(
                "denied",
                "AccessDeniedException",
                "dynamodb:Query",
                "arn:aws:dynamodb:sa-east-1:123456789012:table/t/index/by_day",
            ),
        ),
        (refused("AccessDenied", "no"), Failure("denied", "AccessDenied")),
        (refused("ExpiredTokenException"), Failure("login", "ExpiredTokenException")),
        (NoCredentialsError(), Failure("login", "NoCredentialsError")),
        (refused("ThrottlingException"), Failure("throttled", "ThrottlingException")),
        (refused("ValidationException", "'Ana'"), Failure("other", "ValidationException")),
        (EndpointConnectionError(endpoint_url="http://x"), Failure("away", "EndpointConnectionError")),
        (
            StoreUnavailable("records table", "ThrottlingException"),
            Failure("throttled", "ThrottlingException"),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_of_aws_says_what_it_means(error: Exception, expected: Failure) -> None:
    """What is missing, and on what; nothing else of a message is given."""
    assert explain(error) == expected


@pytest.mark.parametrize(
    ("cause", "codes"),
    [
        ("denied", "AccessDenied AccessDeniedException AuthorizationError KMS.AccessDeniedException"),
        ("login", "ExpiredToken ExpiredTokenException RequestExpired InvalidClientTokenId"),
        ("login", "UnrecognizedClientException InvalidSignatureException SignatureDoesNotMatch"),
        ("throttled", "Throttling ThrottlingException RequestLimitExceeded RequestThrottled"),
        ("throttled", "ProvisionedThroughputExceededException TooManyRequestsException"),
        ("other", "ResourceNotFoundException AWS.SimpleQueueService.NonExistentQueue InternalServerError"),
    ],
)
def test_each_service_has_codes_of_its_own(cause: str, codes: str) -> None:
    """DynamoDB's, SQS's, STS's, CloudWatch's and those of KMS mean the same few things."""
    assert [explain(refused(code)).cause for code in codes.split()] == [cause] * len(codes.split())


def test_credentials_that_a_program_did_not_give_are_no_network() -> None:
    """A `credential_process` that failed: to log in helps, and no look at the cables."""
    error = CredentialRetrievalError(provider="custom-process", error_msg="Zuleica")
    assert explain(error) == Failure("login", "CredentialRetrievalError")


def test_the_cause_of_an_unavailable_store_counts() -> None:
    """The receiver's own words hold a code alone."""
    error = StoreUnavailable("deliveries table", "AccessDeniedException")
    error.__cause__ = refused("AccessDeniedException", QUERY)
    assert explain(error).action == "dynamodb:Query"
