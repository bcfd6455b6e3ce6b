"""One fresh kernel a run, driven by papermill."""
