"""Which formula the numbers of a submission follow."""
