"""What a judgement is beside the others: one mistake is told once, where it is."""
