"""The seats of a task that several people decide (会签、加签、减签)."""
