"""What the command reports in one line instead of a traceback."""


class CommandError(Exception):
    """Something the person at the keyboard can act on; its text is one clear line."""
