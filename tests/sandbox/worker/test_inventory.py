"""What stands behind a decorator is described, whatever its wrapper takes."""

import functools

from compare.sandbox.worker.inventory import decorated, parameters


def logged(function):
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def named(function):
    @functools.wraps(function)
    def wrapper(x, *args):
        return function(x, *args)

    return wrapper


def affine(x, W, b):
    return x @ W + b


def test_a_wrapper_that_takes_anything_hands_it_on_to_the_function_of_that_name():
    for made in (logged(affine), named(affine), logged(named(affine))):
        assert decorated("affine", made) is affine
    assert [p["name"] for p in parameters(decorated("affine", logged(affine)))] == ["x", "W", "b"]


def test_what_is_called_otherwise_or_takes_what_it_says_is_itself():
    def plain(x):
        return affine(x, x, x)

    other = logged(affine)
    assert decorated("other", other) is other and decorated("plain", plain) is plain
