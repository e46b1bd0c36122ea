"""How what people wrote is called, whatever form they gave it."""
