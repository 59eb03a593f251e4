"""Names, places and shapes: the profile, the contracts and what is generated from them."""
