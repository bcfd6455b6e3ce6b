"""Systems: does the notebook give its outputs again, what does each cell cost, and what would make it faster.

All of it is arithmetic over notebooks and runs that others executed; nothing here runs or writes.
"""
