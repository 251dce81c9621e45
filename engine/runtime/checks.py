"""Placeholder."""
def check_definition(reading, definition):
    return None
