"""What stands before a network: labels, scales, mini-batches and the weights it begins with."""
