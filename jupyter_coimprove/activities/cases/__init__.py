"""The single items that a model was asked about: found in the notebook, read from its kernel, looked at one by one."""
