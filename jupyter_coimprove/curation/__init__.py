"""What the person decides, and carrying that out."""
