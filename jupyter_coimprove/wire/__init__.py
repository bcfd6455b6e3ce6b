"""What crosses a door: the table of verbs, and the schema of each answer."""
