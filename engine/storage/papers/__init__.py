"""Files and letters."""
