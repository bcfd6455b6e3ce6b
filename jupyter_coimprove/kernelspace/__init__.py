"""What lives inside a kernel: IPython and the standard library only."""
