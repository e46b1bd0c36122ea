"""The nouns: Case, Problem, Implementation, Trace and Outcome."""
