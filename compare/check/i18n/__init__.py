"""English and Japanese."""
