"""The environment of what runs on this machine: nothing of the caller's AWS, proxies or Python is in it."""

import os
from collections.abc import Mapping

REGION = "sa-east-1"

_CALLERS = ("AWS_", "BOTO_", "MINISTACK_", "POWERTOOLS_", "PYTHON")


def local_environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give this process's environment, but with the emulator's account in place of the caller's.

    Parameters
    ----------
    variables
        What else is to be in it.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_CALLERS) and not name.lower().endswith("_proxy")
    }
    return kept | {
        **(variables or {}),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,  # a profile could name another endpoint
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def become_local(variables: Mapping[str, str] | None = None) -> None:
    """Make this process's environment a local one: boto3 has no option for all that it reads there."""
    environment = local_environment(variables)
    os.environ.clear()
    os.environ.update(environment)
