"""What is measured of this package, with what it is compared to: `python -m benchmarks`."""
