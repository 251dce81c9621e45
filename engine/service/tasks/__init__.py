"""What is done with one user task, a module for each operation."""
