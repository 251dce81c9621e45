"""Proxies, and what somebody who leaves still has."""
