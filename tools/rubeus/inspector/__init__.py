"""The pages that show what arrived and what became of it, for a browser on this machine."""
