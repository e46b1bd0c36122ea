"""Which network somebody wrote: its forward pass, loss and way back, found by their values."""
