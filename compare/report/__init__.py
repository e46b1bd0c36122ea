"""Renderings of one result; nothing here computes a verdict."""
