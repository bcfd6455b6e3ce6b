"""Validity and leakage checks: which rows reach which statistic, model and score, read from the code alone.

``read`` walks a notebook in the order it runs, with its own functions followed into, and notes events
(``values``); ``rules`` turns events into findings. Nothing is executed.
"""
