"""Stands in for modules that the course and its books keep beside a notebook: texts, run there."""
