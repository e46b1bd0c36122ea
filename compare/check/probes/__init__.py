"""The problems on which a concept is tried."""
