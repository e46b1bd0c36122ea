"""The floating-point formats by name: those that every case runs in, and those to be asked for."""

DTYPES = ("float64", "float32")
COARSE = ("float16", "bfloat16")  # in these NumPy has no arithmetic of its own
