"""How an update rule is made and called, step by step."""
