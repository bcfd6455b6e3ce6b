"""What is kept of decisions: lessons with a scope and counts, which of them a context recalls, and what they teach others."""
