"""What the notebook is now: cells, names, dataflow, outputs, and what could be varied."""
