"""What the pytest plugin does, once a test asks for it; and strategies for Hypothesis."""
