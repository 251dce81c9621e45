"""Cases that have had their time."""
