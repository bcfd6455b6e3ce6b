"""What is told: reports from accepted findings."""
