"""The same functions with their quirks mended."""

import numpy as np


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def relu(x):
    return np.maximum(0, x)


def step_function(x):
    return np.where(x > 0, 1, 0)


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def mean_squared_error(d, y):
    return np.mean(np.square(d - y)) / 2


def cross_entropy_error(d, y):
    if d.shape == y.shape:
        batch_size = 1 if y.ndim == 1 else y.shape[0]
        return -np.sum(d * np.log(y + 1e-7)) / batch_size
    return -np.mean(np.log(np.take_along_axis(y, d[..., np.newaxis], axis=-1) + 1e-7))


def binary_cross_entropy_error(d, y):
    return -np.mean(d * np.log(y + 1e-7) + (1 - d) * np.log(1 - y + 1e-7))


def softmax_with_loss(d, x):
    y = softmax(x)
    return cross_entropy_error(d, y)


def d_sigmoid(x):
    return (1.0 - sigmoid(x)) * sigmoid(x)


def d_relu(x):
    return np.where(x > 0, 1, 0)


def d_step_function(x):
    return np.zeros_like(x)


def d_mean_squared_error(d, y):
    return (y - d) / y.size


def d_softmax_with_loss(d, y):
    batch_size = 1 if y.ndim == 1 else y.shape[0]
    if d.shape == y.shape:
        return (y - d) / batch_size
    return (y - (np.arange(y.shape[-1]) == d[..., np.newaxis])) / batch_size


def d_sigmoid_with_loss(d, y):
    return (y - d) / y.size


def numerical_gradient(f, x):
    h = 1e-4
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        above, below = x.astype(float), x.astype(float)
        above[index] += h
        below[index] -= h
        grad[index] = (f(above) - f(below)) / (2 * h)
    return grad
