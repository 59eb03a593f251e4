"""The weekly report: one HTML file that needs nothing beside it."""
