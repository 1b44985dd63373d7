"""What ``make bench`` measures: ``python -m benchmarks NAME [--json]``."""
