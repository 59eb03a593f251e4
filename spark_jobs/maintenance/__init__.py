"""Keeps tables quick to read and small to store: log → partitions of many small files → fewer files; then vacuum."""
