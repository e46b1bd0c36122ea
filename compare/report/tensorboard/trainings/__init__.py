"""What is drawn of a training, as numbers: confusion, regions, landscapes, gradients."""
