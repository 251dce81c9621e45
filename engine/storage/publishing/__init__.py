"""Definitions: published, and on their way there."""
