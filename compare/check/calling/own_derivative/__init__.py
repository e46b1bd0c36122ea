"""What is the derivative of something else in the submission, whatever that computes."""
