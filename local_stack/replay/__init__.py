"""Real exports as the same events that devices send."""
