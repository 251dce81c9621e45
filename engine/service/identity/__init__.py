"""People, the units they work at, and the roles they hold there."""
