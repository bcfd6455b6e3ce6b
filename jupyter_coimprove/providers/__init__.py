"""Adapters that propose."""
