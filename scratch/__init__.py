"""The course's networks from scratch: NumPy and the formulas of the report, nothing else."""
