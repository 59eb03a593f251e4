"""Days: what a day costs a lake that has many, what making 30 of them anew costs, and what comes late."""
