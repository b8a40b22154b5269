"""Benchmarks of this package, with comparisons: `python -m benchmarks`."""
