"""One module a use case; compose wires everything."""
