"""The experiments that the course asks to try: many settings, both sides at once, all judged."""
