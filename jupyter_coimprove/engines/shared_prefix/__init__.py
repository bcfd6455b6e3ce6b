"""The engine that executes once what variants have in common, then forks a kernel for each."""
