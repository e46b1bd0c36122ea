"""Long runs: free, forced step by step from the reference's state, and diverging."""
