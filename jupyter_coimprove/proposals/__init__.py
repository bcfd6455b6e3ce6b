"""What might be better: unapplied edits with a reason, and who proposes them."""
