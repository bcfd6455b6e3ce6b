"""Where everything acknowledged is kept: a journal, and an index made from it."""
