"""What is due, and what moves with the calendar."""
