import boto3
import pytest

from rubeus.cli import main
from rubeus.errors import CommandError
from rubeus.rotation import rotate
from rubeus.target import Target


@pytest.mark.parametrize(
    "arguments",
    [
        ["token"],
        ["token", "rotate"],
        ["token", "rotate", "--local", "--stack", "escola"],
        ["token", "rotate", "--local", "--port", "-1"],
        ["token", "retire"],
        ["token", "retire", "--local", "--force"],
        ["token", "show", "--local"],
    ],
)
def test_wrong_arguments_exit_with_2_and_say_how(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be understood ends with status 2 and the usage on standard error."""
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert "usage: rubeus" in capsys.readouterr().err


def test_nothing_is_changed_in_a_stack_whose_url_is_not_known() -> None:
    """A new token that could not be printed would lock Rubeus out at the next rotation."""
    target = Target(boto3.Session(), None, {"TokenSecret": "secret"}, {}, outputs={})
    with pytest.raises(CommandError, match="no output ApiUrl"):
        rotate(target, local_port=3000, force=False, as_json=False)
