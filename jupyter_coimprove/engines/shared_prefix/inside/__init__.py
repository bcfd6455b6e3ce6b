"""What runs in the Python of a notebook's kernel, by path: the standard library and ipykernel, nothing of ours."""
