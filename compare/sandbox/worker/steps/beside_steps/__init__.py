"""What is wrong with a turn beside its step, each shown by one number."""
