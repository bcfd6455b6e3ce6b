"""Suites that measure checks, repairs and probes: templates with sound twins, drawn from seeds."""
