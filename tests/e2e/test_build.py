import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from rubeus.stack.template import read_template

ROOT = Path(__file__).parents[2]
BIN = Path(sys.prefix) / "bin"
BUILD = ROOT / ".aws-sam" / "build"
PACKAGE = BUILD / "WebhookFunction"
RUNTIME = read_template()["Globals"]["Function"]["Runtime"].removeprefix("python")

# Run in the package alone: no site-packages, no environment, no time-zone database of the machine.
PROBE = f"""
import sys, zoneinfo
sys.path.insert(0, {str(PACKAGE)!r})
zoneinfo.reset_tzpath(to=[])
import json, os, handlers.webhook
from aws.client import connect
zoneinfo.ZoneInfo("America/Sao_Paulo")
os.environ["AWS_DEFAULT_REGION"] = "sa-east-1"
connect()
assert handlers.webhook.handler({{"rawPath": "/"}}, None)["statusCode"] == 404
print(json.dumps({{name: getattr(module, "__file__", None) for name, module in sys.modules.items()}}))
"""


@pytest.fixture(scope="module")
def package() -> Path:
    """Give the folder that `sam build` made; `make test` builds before it runs the tests."""
    assert PACKAGE.is_dir(), "run `make build` first"
    return PACKAGE


@pytest.fixture(scope="module")
def run(package: Path) -> subprocess.CompletedProcess[str]:
    """Import the handler from the package under Lambda's Python, with a line on standard error per module."""
    assert package.is_dir()
    found = subprocess.run(  # noqa: S603 (our own words)
        [BIN / "uv", "python", "find", RUNTIME],
        env=os.environ | {"PYENV_VERSION": RUNTIME},
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        pytest.skip(f"no Python {RUNTIME} on this machine, and no other can load the package")
    return subprocess.run(  # noqa: S603 (our own words)
        [found.stdout.strip(), "-I", "-S", "-v", "-c", PROBE],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def modules(run: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Give the file of every module that importing the handler loads."""
    assert run.returncode == 0, run.stderr[-2000:]
    loaded: dict[str, Any] = json.loads(run.stdout)
    return {name: file for name, file in loaded.items() if file}


def test_the_package_is_complete(modules: dict[str, str]) -> None:
    """The handler and all it imports load under Lambda's Python from the package and nowhere else."""
    ours = {"handlers", "boto3", "pydantic", "pydantic_core", "aws_lambda_powertools", "tzdata"}

    outside = {name for name in ours if not Path(modules[name]).is_relative_to(PACKAGE)}

    assert not outside


def test_one_delivery_loads_only_what_it_needs(modules: dict[str, str]) -> None:
    """A cold start loads these packages and no other; who adds one sees here that cold starts pay for it."""
    packages = {
        name.partition(".")[0]
        for name, file in modules.items()
        if Path(file).is_relative_to(PACKAGE)
        and not name.startswith(("aws.", "handlers", "ingest", "models"))
    }

    assert packages - {"aws", "settings"} == {
        *("annotated_types", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection"),
        *("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"),
        *("aws_lambda_powertools", "multipart", "orjson", "tzdata"),
    }
    assert not {"asyncio", "unittest"} & modules.keys()
    assert len(modules) < 560


def test_bytecode_is_used(run: subprocess.CompletedProcess[str], modules: dict[str, str]) -> None:
    """No module of the package is compiled when it is imported: cold starts would take 2.8 times as long."""
    assert modules
    compiled = [
        line
        for line in run.stderr.splitlines()
        if line.startswith("# code object from") and str(PACKAGE) in line and ".pyc" not in line
    ]

    assert not compiled


def test_one_package_serves_both_processors(package: Path) -> None:
    """Compiled parts are there for x86_64 and for arm64, whichever the parameter Architecture says."""
    libraries = {path.name for path in package.rglob("*.so")}

    assert (
        {name.replace("x86_64", "aarch64") for name in libraries if "x86_64" in name}
        == {name for name in libraries if "aarch64" in name}
        != set()
    )


def test_nothing_of_the_command_ships(package: Path) -> None:
    """Of others, the package holds what requirements.txt pins, and nothing that `rubeus` alone asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    command = set(project["project"]["dependencies"]) - set(project["dependency-groups"]["function"])
    pinned = set(re.findall(r"^([\w-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    shipped = {path.name.partition("-")[0].replace("_", "-") for path in package.glob("*.dist-info")}

    assert shipped == pinned
    assert not shipped & {re.split(r"[^\w-]", each.lower())[0] for each in command}
    assert not (package / "rubeus").exists()


def test_the_package_is_small(package: Path) -> None:
    """Lambda takes 250 MB unzipped; the package stays far below, as every cold start loads it."""
    size = sum(path.stat().st_size for path in package.rglob("*") if path.is_file()) / 1e6

    assert size < 50
