"""Which part of a submission is which concept, and which parameter is what."""
