"""Doors; none knows another."""
