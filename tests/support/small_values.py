"""A small constitution, for tests of what it does."""

from __future__ import annotations

#: A `must` about calls and reads, a `should` about blocks, one about reports.
SMALL = """v = 1
[[principle]]
name = "no shell"
severity = "must"
applies = ["notebook", "proposal", "plan"]
[[principle.check]]
kind = "calls"
forbid = ["os.system"]
[[principle.case]]
name = "a shell"
violates = true
text = "import os; os.system('ls')"
[[principle.case]]
name = "a path"
violates = false
text = "import os; os.path.exists('x')"
[[principle]]
name = "often enough"
applies = ["plan"]
[[principle.check]]
kind = "blocks"
least = 5
[[principle]]
name = "modest"
applies = ["report"]
[[principle.check]]
kind = "words"
forbid = ['(?i)\\bdecided\\b', '(?i)\\bproves\\b']
"""
