"""The quarantine: what waits in it and why, records judged again, records given up."""
