"""`rubeus url`: the URL to paste into Rubeus, of a deployed stack."""

import json

import boto3

from rubeus.errors import CommandError
from rubeus.target import aws_errors


def url(*, stack: str, region: str | None) -> int:
    """Print the URL with the token, read with the caller's own AWS credentials.

    Needs `cloudformation:DescribeStacks` on the stack and `secretsmanager:GetSecretValue` on its secret.

    Raises
    ------
    CommandError
        When the stack is not there or not ours, or the credentials are missing or do not allow it.
    """
    with aws_errors(ValueError):  # botocore's word for a region that is set but empty
        session = boto3.Session(region_name=region)
        stacks = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}
        missing = {"ApiUrl", "TokenSecretArn"} - outputs.keys()
        if missing:
            names = ", ".join(sorted(missing))
            message = f"the stack {stack} has no output {names}: is it this project's, and deployed?"
            raise CommandError(message)
        secret = session.client("secretsmanager").get_secret_value(SecretId=outputs["TokenSecretArn"])
        print(webhook_url(outputs["ApiUrl"], json.loads(secret["SecretString"])["token"]))
    return 0


def webhook_url(base: str, token: str) -> str:
    """Give the URL to paste into Rubeus."""
    return f"{base.rstrip('/')}/webhook/{token}"
