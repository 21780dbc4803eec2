"""What the local stack takes from template.yaml, so that nothing of it is written twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parents[3] / "template.yaml"
STORE_TYPES = ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SecretsManager::Secret")
FUNCTION_TYPE = "AWS::Serverless::Function"


@dataclass(frozen=True)
class Function:
    """A Lambda function: its handler as `module.name`, and the seconds that an invocation may take."""

    handler: str
    seconds: int


def read_template() -> dict[str, Any]:
    """Read template.yaml with its short forms (`!Ref X`) written out (`{"Ref": "X"}`)."""
    with TEMPLATE.open(encoding="utf-8") as file:
        template: dict[str, Any] = yaml.load(file, _Loader)  # noqa: S506 (a SafeLoader)
    return template


def stores_only(template: Mapping[str, Any]) -> dict[str, Any]:
    """Reduce the template to what the emulator has to create: tables, queues and the secret."""
    stores = {
        name: resource for name, resource in template["Resources"].items() if resource["Type"] in STORE_TYPES
    }
    return {
        "Parameters": template["Parameters"],
        "Conditions": template["Conditions"],
        "Resources": stores,
    }


def functions(template: Mapping[str, Any]) -> dict[str, Function]:
    """Give the functions by their names in the local stack: `WebhookFunction` is `rubeus-local-webhook`."""
    return {
        f"rubeus-local-{name.removesuffix('Function').lower()}": Function(
            resource["Properties"]["Handler"], resource["Properties"]["Timeout"]
        )
        for name, resource in template["Resources"].items()
        if resource["Type"] == FUNCTION_TYPE
    }


def function_environment(template: Mapping[str, Any], physical_ids: Mapping[str, str]) -> dict[str, str]:
    """Give the environment variables that all functions have, as CloudFormation would resolve them.

    Parameters
    ----------
    template
        From `read_template`.
    physical_ids
        Logical id of a store to its name, URL or ARN.

    Raises
    ------
    KeyError
        When a variable refers to something that is neither a store nor a parameter with a default.
    """
    defaults = {
        name: str(parameter["Default"])
        for name, parameter in template["Parameters"].items()
        if "Default" in parameter
    }
    known = defaults | dict(physical_ids)
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    return {
        name: known[value["Ref"]] if isinstance(value, dict) else str(value)
        for name, value in variables.items()
    }


def routes(template: Mapping[str, Any]) -> list[str]:
    """List the webhook function's routes by path, each open to any method, without `$default`."""
    events = template["Resources"]["WebhookFunction"]["Properties"]["Events"].values()
    paths: list[str] = [event["Properties"]["Path"] for event in events]
    return [path for path in paths if path != "$default"]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags."""


def _function(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 (the third and last kind of node)
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _function)
