"""What is wrong with a regular expression."""


class RegexError(Exception):
    """The pattern, replacement or flags are not what XPath defines (FEEL gives null)."""
