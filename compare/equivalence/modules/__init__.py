"""What belongs to an nn.Module of a pair: its copy, its weights, and what its parts give."""
