import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from rubeus.stack.template import read_template

ROOT = Path(__file__).parents[2]
CONFIGURATIONS: dict[str, Any] = tomllib.loads((ROOT / "samconfig.toml").read_text())
del CONFIGURATIONS["version"]


def test_there_is_a_configuration_to_try_and_one_for_production() -> None:
    """The two configurations are separate stacks."""
    names = {name: each["deploy"]["parameters"]["stack_name"] for name, each in CONFIGURATIONS.items()}

    assert names == {"default": "rubeus-webhook", "prod": "rubeus-webhook-prod"}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_configuration_sets_parameters_of_the_template(name: str) -> None:
    """No configuration sets a parameter that the template lacks."""
    overrides = CONFIGURATIONS[name]["deploy"]["parameters"].get("parameter_overrides", [])

    assert {override.partition("=")[0] for override in overrides} <= set(read_template()["Parameters"])


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_sam_deploy_asks_nothing_but_consent(name: str) -> None:
    """Region, bucket and capabilities are given, so that `sam deploy` is all it takes."""
    configuration = CONFIGURATIONS[name]

    assert configuration["global"]["parameters"]["region"] == "sa-east-1"
    assert configuration["deploy"]["parameters"]["resolve_s3"] is True
    assert configuration["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-audit.txt"])
def test_a_requirements_file_names_no_registry(name: str) -> None:
    """Where packages come from is the business of whoever installs them."""
    assert not re.search(r"://|^-(i|f|-)", (ROOT / name).read_text(), re.MULTILINE)


def test_the_command_needs_all_that_ships() -> None:
    """`rubeus` runs the functions' code: all that the group "function" asks for, the project does, too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert set(project["dependency-groups"]["function"]) <= set(project["project"]["dependencies"])


def test_the_package_is_built_for_the_runtime_that_runs_it() -> None:
    """The Makefile fetches and compiles for the Python version that the template asks Lambda for."""
    built_for = re.search(r"^RUNTIME := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert built_for
    assert read_template()["Globals"]["Function"]["Runtime"] == f"python{built_for[1]}"
