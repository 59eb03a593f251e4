"""Kafka → raw → bronze → silver → gold → marts: ours, and each peer as its friends would write it."""
