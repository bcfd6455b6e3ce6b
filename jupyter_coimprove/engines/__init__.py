"""Adapters that execute."""
