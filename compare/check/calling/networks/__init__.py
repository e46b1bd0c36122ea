"""How a whole network is made, given weights, and run."""
