"""What becomes of cases that have had their time: disposal, and holds against it."""
