"""`python -m rubeus` is `rubeus`."""

from rubeus.cli import main

main(prog_name="rubeus")
