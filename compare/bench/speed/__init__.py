"""How fast it is: a training step, an update and a comparison, beside others and the machine."""
