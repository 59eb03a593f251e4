"""A simulated week of life: people → days → events, application database and files, and the truth about them."""
