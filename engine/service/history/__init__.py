"""The record of a case: told in words, exported, and verified by anybody."""
