"""Our pipeline beside what a user would pick instead: the same events, one run, equal results."""
