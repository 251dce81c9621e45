"""The tables, by room of the house; all on the one metadata of ``base``."""
