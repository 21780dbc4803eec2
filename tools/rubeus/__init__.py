"""The `rubeus` command: the receiver on a laptop, and help with the deployed one. Never shipped."""

import gc

# As in `handlers`: what is read has no circular references, and looking for them by default takes two thirds
# of the time in which ten thousand items are read.
gc.set_threshold(200_000)
