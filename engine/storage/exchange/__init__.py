"""Jobs, messages, signals, and the queue of background work."""
