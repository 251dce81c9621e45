"""Telling people: what happened is announced, worked out for each person, and sent.

``announcing`` reads announcements off a command's changes; ``fan_out`` turns one into notices and
dispatches; ``sending`` delivers those; ``reminding`` watches deadlines.
"""
