"""The tables, queues and secret of template.yaml, created in the emulator through its CloudFormation."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError, WaiterError

from rubeus.errors import CommandError
from rubeus.stack.environment import REGION
from rubeus.stack.template import stores_only

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

STACK = "rubeus-local"
DEFAULT_TOKEN = "token-local"  # noqa: S105 (of the local stack only, and the one that events/ holds)


def create_stores(
    template: Mapping[str, Any], endpoint: str, token: str | None, api_url: str | None = None
) -> dict[str, str]:
    """Create the stores, or bring those of an earlier run up to the template.

    Parameters
    ----------
    template
        From `read_template`.
    endpoint
        URL of the emulator.
    token
        The token for the URL. None leaves that of an earlier run, or takes `DEFAULT_TOKEN`.
    api_url
        Base URL of the receiver, if there is one: it becomes the stack's output, as that of a deployed one.

    Returns
    -------
    dict
        Logical id to the name of a table or secret, or the URL of a queue.

    Raises
    ------
    CommandError
        When the emulator's CloudFormation refuses the template.
    """
    session = local_session()
    cloudformation = session.client("cloudformation", endpoint_url=endpoint)
    try:
        outputs = {"ApiUrl": {"Value": api_url}} if api_url else {}
        is_new = _create_or_update(cloudformation, json.dumps(stores_only(template) | {"Outputs": outputs}))
    except (ClientError, WaiterError) as error:
        message = f"the stores of template.yaml cannot be created here: {error}"
        raise CommandError(message) from error
    resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    ids = {
        resource["LogicalResourceId"]: _at_endpoint(resource["PhysicalResourceId"], endpoint)
        for resource in resources
    }
    if token or is_new:
        secret = {"token": token or DEFAULT_TOKEN, "previous": ""}
        session.client("secretsmanager", endpoint_url=endpoint).put_secret_value(
            SecretId=ids["TokenSecret"], SecretString=json.dumps(secret)
        )
    return ids


def read_token(endpoint: str, secret_id: str) -> str:
    """Read the current token from the emulated secret."""
    secrets = local_session().client("secretsmanager", endpoint_url=endpoint)
    secret = json.loads(secrets.get_secret_value(SecretId=secret_id)["SecretString"])
    return str(secret["token"])


def local_session() -> boto3.Session:
    """Make a session for the emulator, which checks no credentials; the caller's own are never used."""
    return boto3.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION)  # noqa: S106 (no secret)


def _create_or_update(cloudformation: "CloudFormationClient", body: str) -> bool:
    """Return True when the stack is new."""
    try:
        cloudformation.create_stack(StackName=STACK, TemplateBody=body)
    except cloudformation.exceptions.AlreadyExistsException:
        _update(cloudformation, body)
        return False
    cloudformation.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
    return True


def _update(cloudformation: "CloudFormationClient", body: str) -> None:
    try:
        cloudformation.update_stack(StackName=STACK, TemplateBody=body)
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return
        raise
    cloudformation.get_waiter("stack_update_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})


def _at_endpoint(physical_id: str, endpoint: str) -> str:
    """Point a queue's URL to the emulator: it is stored with the host and port of the run that created it."""
    return endpoint + urlsplit(physical_id).path if "://" in physical_id else physical_id
