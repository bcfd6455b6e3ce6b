"""Generated notebooks with one planted flaw, and their sound twins: what checks are measured on."""
