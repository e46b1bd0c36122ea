"""TensorBoard started on runs and sweeps, with a page in front that opens on the answer."""
