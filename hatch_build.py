"""Lets `pip` install this checkout as it stands (`--editable`), and build no package of it."""

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class EditableOnly(BuildHookInterface[Any]):
    """Refuses every build but that of an editable install.

    A package would put `models`, `aws` and `settings` at the top level of somebody's environment, without the
    template and the sample events that `rubeus` reads.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        """End with one sentence, unless the build is of the version "editable"."""
        if version != "editable":
            sys.exit("rubeus-webhook runs from its checkout: type `make` there, or `pip install -e .`.")
