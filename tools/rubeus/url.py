"""`rubeus url`: the URL to paste into Rubeus, of a deployed stack."""

import json

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from rubeus.errors import CommandError


def url(*, stack: str, region: str | None) -> int:
    """Print the URL with the token, read with the caller's own AWS credentials.

    Needs `cloudformation:DescribeStacks` on the stack and `secretsmanager:GetSecretValue` on its secret.

    Raises
    ------
    CommandError
        When the stack is not there or not ours, or the credentials are missing or do not allow it.
    """
    try:
        session = boto3.Session(region_name=region)
        stacks = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}
        secret = session.client("secretsmanager").get_secret_value(SecretId=outputs["TokenSecretArn"])
        print(f"{outputs['ApiUrl'].rstrip('/')}/webhook/{json.loads(secret['SecretString'])['token']}")
    except KeyError as error:
        message = (
            f"the stack {stack} has no output {error}: is it this project's, and is its deployment finished?"
        )
        raise CommandError(message) from error
    except ClientError as error:
        raise CommandError(str(error.response["Error"].get("Message", error))) from error
    except (BotoCoreError, ValueError) as error:  # botocore's word for a region that is set but empty
        raise CommandError(str(error)) from error
    return 0
