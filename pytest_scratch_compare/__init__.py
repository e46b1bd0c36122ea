"""The front door of the pytest plugin: see ``plugin``; what stands behind it is in compare."""
