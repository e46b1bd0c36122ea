"""A verdict for every name: each operation judged from what that side computed before it."""
