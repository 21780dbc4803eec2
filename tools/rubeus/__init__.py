"""The `rubeus` command: the receiver on a laptop, and help with the deployed one. Never shipped."""
