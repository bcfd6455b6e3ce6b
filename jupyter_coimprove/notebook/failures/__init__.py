"""What an error in a cell means, and what would repair it: read from the code, nothing run."""
