"""Who must keep away from a case (回避)."""
