"""Regular expressions of XPath (XQuery 1.0 and XPath 2.0 Functions and Operators, 7.6.1).

Matched in time proportional to the text: all alternatives are followed at once (Thompson, Pike),
never one after the other, and each step is paid from the budget. Back-references can't be matched
that way and are refused.
"""

from engine.feel.regex.errors import RegexError
from engine.feel.regex.pattern import Pattern, compile_pattern

__all__ = ["Pattern", "RegexError", "compile_pattern"]
