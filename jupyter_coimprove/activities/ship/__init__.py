"""An accepted result becomes a module: the cells it needs, a test of them, and a watch over what comes in."""
