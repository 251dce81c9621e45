"""Jobs, messages and signals: the work that is done for cases outside of user tasks."""
