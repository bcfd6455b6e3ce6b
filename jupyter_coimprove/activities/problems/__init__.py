"""What is wrong with a notebook's results, read from what it shows and from the record; nothing is run."""
