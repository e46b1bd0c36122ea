"""What is held against numerical differences of its own, whatever its form."""
