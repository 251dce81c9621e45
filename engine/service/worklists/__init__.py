"""What waits for a person, and how he likes to look at it."""
