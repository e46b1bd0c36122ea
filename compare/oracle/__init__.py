"""The third implementation: the formula and the rule of every name, recomputed with its error."""
