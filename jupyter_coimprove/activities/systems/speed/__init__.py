"""Changes that may make a notebook faster: found by syntax, offered only when they are measured to be so and equal."""
