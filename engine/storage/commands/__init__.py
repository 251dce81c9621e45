"""The one read and the one write of a command, and what they are made of."""
