"""The language that the rooms of banshi speak to each other.

Values only: keys, states and their transitions, commands, effects, records,
permission rules and errors. Nothing here reads a clock, a database or a file.
"""
