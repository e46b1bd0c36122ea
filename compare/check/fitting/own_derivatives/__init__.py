"""What is wrong with a derivative of somebody's own, solved from its numbers and differences."""
