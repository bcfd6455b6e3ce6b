"""What a probe puts into a run's own notebook: places that are listened to, and labels that are shuffled."""
