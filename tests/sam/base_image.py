"""A stand-in for Lambda's base image, for machines that reach no image registry.

Debian's Python of the same minor version, with Lambda's own runtime client where Lambda has it. What makes a
function's environment besides, the Runtime Interface Emulator, SAM adds by itself.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.sam.docker import cannot_test, docker

PYTHON = "3.13"
SUITE = "trixie"  # Debian's release that has this Python
IMAGE = f"public.ecr.aws/lambda/python:{PYTHON}-x86_64"  # what SAM looks for
RECIPE_LABEL = "rubeus.stand-in"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")

# As in Lambda, the function's own packages come before the runtime's, and there is no time-zone database.
BOOTSTRAP = """\
#!/bin/sh
export PYTHONPATH=/var/task:/opt/python:/var/runtime
exec python3 -m awslambdaric "$_HANDLER"
"""
LEFT_OUT = (
    "./usr/share/zoneinfo",
    "./usr/share/doc",
    "./usr/share/locale",
    "./var/cache",
    "./var/lib/apt",
    "./dev",
)
ENVIRONMENT = "LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime LANG=C.UTF-8"


def base_image() -> None:
    """Have the image: the one that is there, else Lambda's own, else the stand-in, made once."""
    recipe = hashlib.sha256(Path(__file__).read_bytes() + REQUIREMENTS.read_bytes()).hexdigest()
    found = docker("image", "inspect", "--format", f'{{{{ index .Config.Labels "{RECIPE_LABEL}" }}}}', IMAGE)
    if found.returncode == 0 and found.stdout.strip() in {"", "<no value>", recipe}:
        return
    if docker("pull", IMAGE).returncode == 0:
        return
    if os.geteuid() or not shutil.which("debootstrap"):
        cannot_test(f"no image {IMAGE} here; to make a stand-in, the tests need root and debootstrap")
    with tempfile.TemporaryDirectory(prefix="lambda-image-") as folder:
        root = Path(folder)
        _make_root(root)
        _import(root, recipe)


def _make_root(root: Path) -> None:
    packages = "python3-minimal,libpython3-stdlib,ca-certificates"
    _run("debootstrap", "--variant=minbase", f"--include={packages}", SUITE, str(root), _mirror())
    runtime = root / "var" / "runtime"
    (root / "var" / "task").mkdir()
    _run(
        *(
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
        ),
        *("--no-deps", "--only-binary=:all:", "--python-version", PYTHON, "--implementation", "cp"),
        *("--platform", "manylinux2014_x86_64", "--root-user-action=ignore"),
        *("--target", str(runtime), "--requirement", str(REQUIREMENTS)),
    )
    bootstrap = runtime / "bootstrap"
    bootstrap.write_text(BOOTSTRAP)
    bootstrap.chmod(0o755)


def _import(root: Path, recipe: str) -> None:
    archive = root.with_suffix(".tar")
    try:
        _run("tar", "-C", str(root), *(f"--exclude={path}/*" for path in LEFT_OUT), "-cf", str(archive), ".")
        changes = (f"LABEL {RECIPE_LABEL}={recipe}", f"ENV {ENVIRONMENT}", "WORKDIR /var/task")
        _run("docker", "import", *(f"--change={change}" for change in changes), str(archive), IMAGE)
    finally:
        archive.unlink(missing_ok=True)


def _mirror() -> str:
    """Give the address that apt on this machine has Debian from."""
    command = ("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian")
    addresses = _run(*command).split()
    if not addresses:
        cannot_test("apt on this machine knows no mirror of Debian")
    return addresses[0]


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own words)
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-1000:]}{done.stderr[-1000:]}"
    return done.stdout
