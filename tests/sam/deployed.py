import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from tests.sam.local import BUILT, ROOT, SAM, environment

from rubeus.stack.environment import REGION
from rubeus.stack.stores import local_session

STACK = "rubeus-webhook"  # as samconfig.toml says
TOKEN = "token-of-the-deployed-stack"


@dataclass
class Deployed:
    """The real template, deployed by the real `sam`, and its resources by their logical ids."""

    endpoint: str
    clients: dict[str, Any] = field(default_factory=dict)
    consumed: list[dict[str, Any]] = field(default_factory=list)

    def sam(self, *arguments: str, fails: bool = False) -> str:
        """Run `sam` where samconfig.toml is, with the emulator as AWS; gives what it printed."""
        assert BUILT.exists(), "run `make build` first"
        done = subprocess.run(  # noqa: S603 (arguments are the tests' own)
            [SAM, *arguments],
            cwd=ROOT,
            env=environment(AWS_ENDPOINT_URL=self.endpoint),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert (done.returncode != 0) == fails, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def client(self, service: str) -> Any:
        """Give the boto3 client of a service."""
        if service not in self.clients:
            session: Any = local_session()  # its stubs know each service's name, but no text
            self.clients[service] = session.client(service, endpoint_url=self.endpoint)
        return self.clients[service]

    @cached_property
    def template(self) -> Mapping[str, Any]:
        """The template as CloudFormation has it after SAM's transform."""
        body = self.client("cloudformation").get_template(StackName=STACK, TemplateStage="Processed")
        template = body["TemplateBody"]
        parsed: Mapping[str, Any] = json.loads(template) if isinstance(template, str) else template
        return parsed

    @cached_property
    def ids(self) -> dict[str, str]:
        """Logical ids to physical ones."""
        found = self.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}

    def stores(self) -> dict[str, str]:
        """All but the function's version, which every change makes anew."""
        return {name: physical for name, physical in self.ids.items() if "FunctionVersion" not in name}

    @property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs."""
        (stack,) = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    @cached_property
    def url(self) -> str:
        """The URL with the token."""
        return f"{self.outputs['ApiUrl']}/webhook/{TOKEN}"

    def function(self, logical_id: str) -> dict[str, Any]:
        """Give a function's configuration."""
        configuration: dict[str, Any] = self.client("lambda").get_function_configuration(
            FunctionName=self.ids[logical_id]
        )
        return configuration

    def queue(self, logical_id: str) -> dict[str, str]:
        """Give a queue's attributes."""
        attributes: dict[str, str] = self.client("sqs").get_queue_attributes(
            QueueUrl=self.ids[logical_id], AttributeNames=["All"]
        )["Attributes"]
        return attributes

    def routes(self) -> Iterator[tuple[str, str]]:
        """Give the routes that API Gateway makes of the OpenAPI document: key and function's ARN."""
        for path, methods in self.template["Resources"]["WebhookApi"]["Properties"]["Body"]["paths"].items():
            for method, operation in methods.items():
                verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
                uri = self._substituted(operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"])
                arn = re.search(r"functions/(.+)/invocations$", uri)
                assert arn, uri
                yield ("$default" if path == "$default" else f"{verb} {path}"), arn[1]

    def mend(self) -> None:
        """Make up for what the emulator does otherwise than AWS: each is said in its place."""
        self._make_routes()
        self._put_token()
        self._mend_policies()

    @contextmanager
    def variables(self, logical_id: str, **changed: str) -> Iterator[None]:
        """Change some of a function's environment variables for as long as the context lasts."""
        before = self.function(logical_id)["Environment"]["Variables"]
        self._configure(logical_id, before | changed)
        try:
            yield
        finally:
            self._configure(logical_id, before)

    def ask(self, method: str, url: str, records: object = None) -> tuple[int, str]:
        """Send a request to a URL of the deployed API; gives status and answer."""
        there, asked = urlsplit(self.endpoint), urlsplit(url)
        connection = HTTPConnection(there.netloc, timeout=60)
        body = None if records is None else json.dumps(records)
        headers = {"Host": asked.netloc, "Content-Type": "application/json"}
        try:
            connection.request(method, asked.path, body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def current(self, key: str) -> dict[str, Any]:
        """Give what the records table holds as current under a partition key."""
        resource = local_session().resource("dynamodb", endpoint_url=self.endpoint)
        with closing(resource.meta.client):
            table = resource.Table(self.ids["RecordsTable"])
            item: dict[str, Any] = table.get_item(Key={"pk": key, "sk": "current"}, ConsistentRead=True)[
                "Item"
            ]
        return item

    def published(self, subject: str) -> list[dict[str, Any]]:
        """Consume the records queue to its end; gives the events about one record so far."""
        sqs, queue = self.client("sqs"), self.ids["RecordsQueue"]
        while batch := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                self.consumed.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [event for event in self.consumed if event["subject"] == subject]

    def callers(self, function: str, service: str) -> set[str]:
        """Give the ARNs for which a service may call a function."""
        policy = json.loads(self.client("lambda").get_policy(FunctionName=function)["Policy"])
        return {
            statement["Condition"]["ArnLike"]["AWS:SourceArn"]
            for statement in policy["Statement"]
            if statement["Principal"] == {"Service": service}
        }

    def close(self) -> None:
        """Close all clients."""
        for client in self.clients.values():
            client.close()

    def _configure(self, logical_id: str, variables: dict[str, str]) -> None:
        """Set a function's variables, and let its aliases stand for a version that has them."""
        client, name = self.client("lambda"), self.ids[logical_id]
        client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        for alias in client.list_aliases(FunctionName=name)["Aliases"]:
            version = client.publish_version(FunctionName=name)["Version"]
            client.update_alias(FunctionName=name, Name=alias["Name"], FunctionVersion=version)

    def _make_routes(self) -> None:
        """Create the routes: it takes none from an OpenAPI document."""
        gateway, api = self.client("apigatewayv2"), self.ids["WebhookApi"]
        for key, arn in self.routes():
            integration = gateway.create_integration(
                ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
            )
            target = f"integrations/{integration['IntegrationId']}"
            gateway.create_route(ApiId=api, RouteKey=key, Target=target)

    def _put_token(self) -> None:
        """Replace the token: it has punctuation, which `ExcludePunctuation` forbids and no path can hold."""
        secret = json.dumps({"token": TOKEN, "previous": ""})
        self.client("secretsmanager").put_secret_value(SecretId=self.ids["TokenSecret"], SecretString=secret)

    def _mend_policies(self) -> None:
        """Write into the policies what AWS reads there: a secret's ARN for its `Ref`, batches as sends."""
        iam, secret = self.client("iam"), self.ids["TokenSecret"]
        arn = self.client("secretsmanager").describe_secret(SecretId=secret)["ARN"]
        batch = json.dumps(["sqs:SendMessage", "sqs:SendMessageBatch"])
        for role in (physical for logical, physical in self.ids.items() if logical.endswith("Role")):
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                policy = json.dumps(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
                policy = policy.replace(f'"{secret}"', f'"{arn}"').replace('"sqs:SendMessage"', batch)
                iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)

    def _substituted(self, text: str) -> str:
        arns = {
            f"{name}.Arn": self.function(name)["FunctionArn"]
            for name in self.ids
            if name.endswith("Function")
        }
        values = {"AWS::Partition": "aws", "AWS::Region": REGION} | self.ids | arns
        return re.sub(r"\$\{(.+?)}", lambda match: values[match[1]], text)
