"""What administrators do with running cases: move, migrate, suspend, correct, in bulk too."""
