"""The judge judged: random problems, legitimate variants that must pass, faults that must not."""
