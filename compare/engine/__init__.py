"""Runs a case on both implementations in lockstep, and has what they computed judged."""
