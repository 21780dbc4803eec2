"""What is compared with the receiver: each module has a `handler` that takes the same event."""
