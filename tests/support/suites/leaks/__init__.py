"""Generated notebooks with a leak that shows only when they run, and their sound twins."""
