"""Numbers that know their error: formats, error bounds, fifty digits, and what is equal."""
