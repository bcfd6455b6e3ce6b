"""Runs on a Dask cluster: groups of them travel to workers, and what comes of them comes back to the one writer."""
