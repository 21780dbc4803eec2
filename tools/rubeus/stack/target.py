"""Where an operator's command works: a running `rubeus serve`, or a deployed stack."""

import getpass
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from aws.client import CONCURRENT_CALLS, read_as_it_comes
from models.failures import StoreUnavailable
from rubeus.errors import CommandError
from rubeus.stack.child import HOST
from rubeus.stack.environment import become_local
from rubeus.stack.stores import STACK, local_session
from rubeus.stack.template import function_environment, read_template, stores_only

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient


_ATTEMPTS = 8
_ANSWER_SECONDS = 20


@dataclass(frozen=True)
class Target:
    """A stack, and how to reach it.

    Attributes
    ----------
    session
        The caller's own, or that of the emulator.
    attempts, answer_seconds
        How often a call is tried, and how long it may be silent: less for a page, where somebody waits.
    endpoint
        URL of the emulator; None for AWS, or what the caller's configuration puts in its place.
    ids
        Logical id of a store to the name of a table or secret, or the URL of a queue.
    parameters
        The stack's parameters.
    outputs
        The stack's outputs.
    """

    session: boto3.Session
    endpoint: str | None
    ids: Mapping[str, str]
    parameters: Mapping[str, str]
    outputs: Mapping[str, str] = field(default_factory=dict)
    attempts: int = _ATTEMPTS
    answer_seconds: float = _ANSWER_SECONDS

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Give the client for the tables."""
        client = self.session.client("dynamodb", endpoint_url=self.endpoint, config=self._config)
        read_as_it_comes(client)
        return client

    @cached_property
    def sqs(self) -> "SQSClient":
        """Give the client for the queues."""
        return self.session.client("sqs", endpoint_url=self.endpoint, config=self._config)

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient | None":
        """Give the client for metrics; None for the emulator, which has none."""
        return None if self.endpoint else self.session.client("cloudwatch", config=self._config)

    @cached_property
    def secretsmanager(self) -> "SecretsManagerClient":
        """Give the client for the token's secret."""
        return self.session.client("secretsmanager", endpoint_url=self.endpoint, config=self._config)

    @property
    def _config(self) -> Config:
        return _config(self.attempts, self.answer_seconds)

    @property
    def api_url(self) -> str:
        """Give the base URL of the receiver.

        Raises
        ------
        CommandError
            When the stack does not say.
        """
        if "ApiUrl" not in self.outputs:
            message = "the stack has no output ApiUrl: is it this project's, and deployed?"
            raise CommandError(message)
        return self.outputs["ApiUrl"]

    def caller(self) -> str:
        """Say who works here: the ARN that AWS knows the caller by, or the user of this machine."""
        if self.endpoint is None:
            return self.session.client("sts", config=self._config).get_caller_identity()["Arn"]
        try:
            return getpass.getuser()
        except (KeyError, OSError):  # in a container under a number
            return f"uid {os.getuid()}"

    def become_function(self) -> None:
        """Make this process's environment the one of the stack's functions, for `handlers.bootstrap`.

        The credentials stay the caller's, except for the emulator, where nothing of the caller's AWS is left.
        """
        variables = function_environment(read_template(), {**self.parameters, **self.ids})
        if self.endpoint is None:
            # Empty in the template; the caller's own counts.
            del variables["AWS_ENDPOINT_URL"]
            os.environ.update(variables, AWS_DEFAULT_REGION=self.session.region_name)
        else:
            become_local(variables | {"AWS_ENDPOINT_URL": self.endpoint})


def connect(*, stack: str | None, region: str | None, aws_port: int) -> Target:
    """Find a stack's stores by CloudFormation.

    On AWS it needs `cloudformation:DescribeStacks` and `cloudformation:DescribeStackResources` on the stack.

    Parameters
    ----------
    stack
        Name of a deployed stack, which is reached with the caller's credentials. None: a `rubeus serve`.
    region
        The stack's; None: that of the caller's configuration.
    aws_port
        Port of the AWS that `rubeus serve` emulates.

    Raises
    ------
    CommandError
        When the stack is not there or not ours, or cannot be asked.
    """
    endpoint = None if stack else f"http://{HOST}:{aws_port}"
    name = stack or STACK
    if endpoint:
        become_local()
        try:  # boto3 would try again for half a minute
            socket.create_connection((HOST, aws_port), timeout=2).close()
        except OSError as error:
            raise CommandError(_nobody_at(endpoint)) from error
    with aws_errors(ValueError):  # botocore's word for a region that is set but empty
        session = boto3.Session(region_name=region) if stack else local_session()
        cloudformation = session.client("cloudformation", endpoint_url=endpoint, config=_config())
        try:
            ids, parameters, outputs = _describe(cloudformation, name)
        except (EndpointConnectionError, ResponseParserError) as error:
            if endpoint is None:
                raise
            raise CommandError(_nobody_at(endpoint)) from error
    missing = stores_only(read_template())["Resources"].keys() - ids
    if missing:
        message = f"the stack {name} has no {', '.join(sorted(missing))}: is it this project's, and deployed?"
        raise CommandError(message)
    return Target(session, endpoint, ids, parameters, outputs)


@contextmanager
def aws_errors(*more: type[Exception]) -> Iterator[None]:
    """Turn what boto3 raises, and `more`, into a CommandError of one line."""
    try:
        yield
    except ClientError as error:
        raise CommandError(_line(error.response["Error"].get("Message") or error)) from error
    except StoreUnavailable as error:
        # Its own words are for logs, and hold no more than a code.
        raise CommandError(_line(error.__cause__ or error)) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise CommandError(_line(error)) from error
    except more as error:
        raise CommandError(_line(error)) from error


def _describe(
    cloudformation: "CloudFormationClient", stack: str
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Give the physical ids of a stack's resources, its parameters and its outputs."""
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    return (
        {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in resources},
        {each["ParameterKey"]: each["ParameterValue"] for each in described.get("Parameters", [])},
        {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])},
    )


def _config(attempts: int = _ATTEMPTS, answer_seconds: float = _ANSWER_SECONDS) -> Config:
    # Adaptive: a look through many items slows down where DynamoDB throttles, and does not give up at once.
    return Config(
        connect_timeout=5,
        read_timeout=answer_seconds,
        retries={"mode": "adaptive", "total_max_attempts": attempts},
        max_pool_connections=CONCURRENT_CALLS,
    )


def _nobody_at(endpoint: str) -> str:
    return f"no emulated AWS answers at {endpoint}: does `rubeus serve` run, on this --aws-port?"


def _line(text: object) -> str:
    return " ".join(str(text).split())
