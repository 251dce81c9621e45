"""Who must keep away from which case."""
