"""`python -m rubeus` is `rubeus`."""

import sys

from rubeus.cli import main

sys.exit(main())
