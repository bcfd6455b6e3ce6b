"""A question that several people, and a model in several roles, answer before they hear each other."""
