"""People, units, sessions."""
