"""Which network somebody wrote: its forward pass, its loss and its way back, found by their values."""
