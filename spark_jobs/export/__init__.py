"""Files for others: rows of a release, with a manifest that says what they are."""
