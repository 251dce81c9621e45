"""Worklists and what people keep beside them."""
