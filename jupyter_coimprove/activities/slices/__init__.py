"""Slices: groups of items, by one feature or two, that a model does worse on than on the rest."""
