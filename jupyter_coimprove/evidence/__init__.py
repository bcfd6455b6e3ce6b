"""What the runs show: effects with intervals, comparisons, noise, findings."""
