import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.prefix) / "bin"


def test_a_plain_install_ends_with_a_sentence_that_names_make(tmp_path: Path) -> None:
    """`pip install .` puts nothing anywhere, and says in a line what to do instead; no traceback hides it."""
    done = subprocess.run(  # noqa: S603 (our own words)
        [BIN / "pip", "install", "--no-build-isolation", "--no-deps", "--target", tmp_path / "target", ROOT],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "rubeus-webhook runs from its checkout: type `make` there" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "target").exists()


def test_the_installed_command_tells_its_version() -> None:
    """The script that an editable install makes runs this checkout, wherever it is called from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    told = subprocess.run([BIN / "rubeus", "--version"], cwd="/", capture_output=True, text=True, check=True)  # noqa: S603 (our own words)

    assert told.stdout == f"rubeus {project['version']}\n"
