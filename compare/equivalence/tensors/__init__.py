"""Weights in files beside each other: read without a copy, paired by name, compared in blocks."""
