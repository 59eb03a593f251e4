"""Raw → bronze, generic for every dataset."""
