"""What a group holds to, written down with checks that are executed and cases that show whether they work."""
