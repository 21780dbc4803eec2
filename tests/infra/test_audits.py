import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS: dict[str, dict[Any, Any]] = {
    path.name: yaml.safe_load(path.read_text()) for path in sorted((ROOT / ".github/workflows").iterdir())
}
JOBS = {(name, job): body for name, workflow in WORKFLOWS.items() for job, body in workflow["jobs"].items()}
DEPLOYMENT = ("release.yml", "deploy")


def _steps() -> Iterator[dict[str, Any]]:
    for job in JOBS.values():
        yield from job.get("steps", [])


def _targets() -> set[str]:
    """Give what `make` can make."""
    rules = re.findall(r"^([\w.-][\w .-]*):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return {target for rule in rules for target in rule.split()}


@pytest.mark.parametrize("job", JOBS, ids="/".join)
def test_only_the_deployment_may_ask_aws_for_a_role(job: tuple[str, str]) -> None:
    """It runs after the checks, one at a time, and in an environment, where people can be asked."""
    more = JOBS[job].get("permissions", {}).items() - {("contents", "read")}

    assert more == ({("id-token", "write")} if job == DEPLOYMENT else set())
    if more:
        assert JOBS[job]["needs"] == "check"
        assert JOBS[job]["environment"] == "production"
        assert WORKFLOWS[job[0]]["concurrency"]["cancel-in-progress"] is False


@pytest.mark.parametrize("name", WORKFLOWS)
def test_github_has_no_key_of_aws_and_no_other_secret(name: str) -> None:
    """Nothing that outlives a run."""
    text = (ROOT / ".github/workflows" / name).read_text().lower()

    assert not re.search(r"\bsecrets\b|access.key|session.token", text)


def test_the_role_is_taken_after_what_others_wrote_has_run() -> None:
    """Building installs packages; deploying is the one step with credentials."""
    steps = JOBS[DEPLOYMENT]["steps"]
    (taken,) = (position for position, step in enumerate(steps) if "role-to-assume" in step.get("with", {}))

    assert steps[taken]["with"]["role-to-assume"] == "${{ vars.AWS_DEPLOY_ROLE }}"
    assert [step["run"].split()[0] for step in steps[taken + 1 :]] == [".venv/bin/sam"]


def test_a_release_goes_where_samconfig_says() -> None:
    """The workflow names a configuration that is there, and its region."""
    configurations = tomllib.loads((ROOT / "samconfig.toml").read_text())
    deploy = JOBS[DEPLOYMENT]["steps"][-1]["run"].split()
    region = next(step["with"]["aws-region"] for step in _steps() if "aws-region" in step.get("with", {}))

    assert deploy[1] == "deploy"
    assert deploy[2] == "--config-env"
    assert configurations[deploy[3]]["global"]["parameters"]["region"] == region
    assert "--no-confirm-changeset" in deploy
    assert WORKFLOWS["release.yml"][True]["push"] == {"tags": ["v*"]}  # YAML reads "on" as true


@pytest.mark.parametrize("job", JOBS, ids="/".join)
def test_what_a_job_makes_can_be_made(job: tuple[str, str]) -> None:
    """Every `make X` is a rule of the Makefile, and a job that hangs ends."""
    steps = JOBS[job].get("steps", [])
    made = {word for step in steps for word in re.findall(r"\bmake ([\w-]+)", step.get("run", ""))}

    assert made <= _targets()
    assert not steps or JOBS[job]["timeout-minutes"] <= 60


def test_the_gate_runs_under_the_oldest_and_under_lambdas_python() -> None:
    """As .ci/run does."""
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    runtime = re.search(r"^RUNTIME := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert runtime
    matrix = JOBS["check.yml", "check"]["strategy"]["matrix"]["python"]
    assert [f">={matrix[0]}", matrix[-1]] == [oldest, runtime[1]]


def test_dependabot_watches_packages_and_actions() -> None:
    """Both kinds of pins are kept fresh."""
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]

    assert {update["package-ecosystem"] for update in updates} == {"pip", "github-actions"}


def test_a_check_that_is_left_out_has_a_reason() -> None:
    """Above each stands a comment, and none is left out twice."""
    lines = (ROOT / ".checkov.yaml").read_text().splitlines()
    positions = [number for number, line in enumerate(lines) if re.match(r"\s+- CKV", line)]
    skipped = yaml.safe_load((ROOT / ".checkov.yaml").read_text())["skip-check"]

    assert [lines[number].split()[1] for number in positions] == sorted(set(skipped))
    assert all(lines[number - 1].lstrip().startswith("# ") for number in positions)
