"""What ``scipy.special`` has of the functions with which networks are written."""

import math

import numpy as np


def expit(x):
    """1 / (1 + e^-x), without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1, e) / (1 + e)


def logit(p):
    """log(p / (1 - p))."""
    return np.log(p) - np.log1p(-np.asarray(p))


def logsumexp(a, axis=None, keepdims=False):
    """log sum_j e^(a_j), of all or along an axis."""
    largest = np.max(a, axis=axis, keepdims=True)
    total = np.log(np.sum(np.exp(a - largest), axis=axis, keepdims=True)) + largest
    return total if keepdims else np.squeeze(total, axis=axis)[()]


def softmax(x, axis=None):
    """e^(x_k) / sum_j e^(x_j), of all or along an axis."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(x, axis=None):
    """x_k - log sum_j e^(x_j), of all or along an axis."""
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def xlogy(x, y):
    """x log y, and 0 where x is 0."""
    x, y = np.broadcast_arrays(x, y)
    return x * np.log(np.where(x == 0, 1, y))


def erf(x):
    """2 / sqrt(pi) times the integral of e^-t^2 from 0 to x."""
    return np.vectorize(math.erf, otypes=[float])(x)
