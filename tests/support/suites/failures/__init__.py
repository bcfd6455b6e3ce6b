"""Errors that notebooks really end with, the cells that raise them, and twins of each that run."""
