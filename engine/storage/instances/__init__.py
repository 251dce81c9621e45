"""Cases as rows, and what hangs on them."""
