"""A block of a language model, for inference and for training, in NumPy alone."""

import numpy as np


def layer_norm(x, gain, shift, eps=1e-5):
    """Every row with mean 0 and variance 1, times a gain, plus a shift."""
    centred = x - x.mean(-1, keepdims=True)
    variance = (centred**2).mean(-1, keepdims=True)
    return centred / np.sqrt(variance + x.dtype.type(eps)) * gain + shift


def softmax(x):
    """Probabilities of each row."""
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def softmax_backward(delta, x):
    """Carry the gradient of the probabilities back to x."""
    y = softmax(x)
    return y * (delta - (delta * y).sum(-1, keepdims=True))


def quick_gelu(x):
    """The approximation of GELU by a sigmoid that CLIP was trained with."""
    return x / (1 + np.exp(-x.dtype.type(1.702) * x))
