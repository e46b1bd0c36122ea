"""``load_mnist``: the shapes of the digits, and none of their strokes."""

import numpy as np


def load_mnist(normalize=True, flatten=True, one_hot_label=False, **settings):
    """(images, labels) to train with and to test with: 200 and 50 of random pixels."""
    rng = np.random.default_rng(0)

    def drawn(count):
        images = rng.integers(0, 256, (count, 1, 28, 28)).astype(np.float32)
        labels = np.arange(count) % 10
        images = images / 255 if normalize else images
        images = images.reshape(count, -1) if flatten else images
        return images, (np.eye(10)[labels] if one_hot_label or settings.get("one_hot") else labels)

    return drawn(200), drawn(50)
