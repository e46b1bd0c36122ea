"""A side made of a file: its functions and network beside torch, scratch for the rest."""
