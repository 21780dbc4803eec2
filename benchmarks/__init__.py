"""Measures the receiver against what people write instead; `python -m benchmarks --help` says how."""
