"""What was executed: one run, its isolation, its limits, its provenance."""
