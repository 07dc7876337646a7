"""The comparison of agents."""
