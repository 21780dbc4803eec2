"""The receiver from outside, over HTTP, as Rubeus sees it."""
