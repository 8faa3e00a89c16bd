"""Run records: what they hold, and the folders that they are stored in."""
