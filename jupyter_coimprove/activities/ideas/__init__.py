"""What could be tried next: recombined from what the code offers and the record holds, and how far it is from both."""
