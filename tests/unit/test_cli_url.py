from pathlib import Path

import pytest
from click.testing import CliRunner

from rubeus.cli import main


def test_url_says_in_one_line_when_there_are_no_credentials(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without credentials the reason is one line, and status 1."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    result = CliRunner().invoke(main, ["url", "--stack", "escola", "--region", "sa-east-1"])
    assert result.exit_code == 1
    assert result.output.startswith("rubeus url: ")
    assert result.output.count("\n") == 1
    assert "credentials" in result.output
