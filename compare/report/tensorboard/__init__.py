"""What TensorBoard shows of one training case: data prepared here, drawn in drawings.py."""
