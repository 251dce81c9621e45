"""Logging in and out: sessions, their tokens, passwords."""
