"""What somebody may have written instead, or meant: texts that differ in one place."""
