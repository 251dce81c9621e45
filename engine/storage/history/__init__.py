"""The journal, its checkpoints, and the acts that belong to no case."""
