"""Update rules as people write them, with a planted bug and without."""
