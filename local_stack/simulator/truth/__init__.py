"""What each mart must contain, computed from the lives that were invented and from nothing of the pipeline."""
