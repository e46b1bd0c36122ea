"""A run directory: written, locked, read again, and held against another."""
