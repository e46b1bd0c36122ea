"""Labels, scales, mini-batches and first weights: wrong, and right."""

from compare.check.examples.example import Planted, Variant, with_changes

_ONE_HOT = """
import numpy as np

def one_hot(labels, n_classes):
    rows = np.zeros((len(labels), n_classes))
    rows[np.arange(len(labels)), labels] = 1
    return rows
"""
_TO_CATEGORICAL = """
import numpy as np

def to_categorical(t):
    return np.eye(t.max() + 1)[t]
"""
_STANDARDIZE = """
import numpy as np

def standardize(X):
    mean, std = X.mean(axis=0), X.std(axis=0)
    return (X - mean) / (std + 1e-8)
"""
_ZSCORE = """
import numpy as np

def zscore(X):
    '''(X - mean) / std for each column'''
    Z = np.zeros(X.shape)
    for j in range(X.shape[1]):
        Z[:, j] = (X[:, j] - X[:, j].mean()) / X[:, j].std()
    return Z
"""
_BOTH = """
import numpy as np

def standardize(x_train, x_test):
    mean, std = x_train.mean(axis=0), x_train.std(axis=0)
    return (x_train - mean) / std, (x_test - mean) / std
"""
_MIN_MAX = """
import numpy as np

def min_max_scale(x):
    low, high = x.min(axis=0), x.max(axis=0)
    return (x - low) / (high - low)
"""
_GENERATOR = """
import numpy as np

def minibatches(x, t, size, rng):
    order = rng.permutation(len(x))
    for i in range(0, len(x), size):
        j = order[i:i + size]
        yield x[j], t[j]
"""
_LIST = """
import numpy as np

def get_batches(X, y, batch_size=32):
    order = np.random.permutation(len(X))
    X, y = X[order], y[order]
    return [(X[i:i + batch_size], y[i:i + batch_size]) for i in range(0, len(X), batch_size)]
"""
_ITERATOR = """
import numpy as np

class Iterator:
    def __init__(self, x, t, size, seed=0):
        self.x, self.t, self.size = x, t, size
        self.rng = np.random.default_rng(seed)

    def __iter__(self):
        p = self.rng.permutation(len(self.x))
        for k in range(len(p) // self.size):
            q = p[k * self.size:(k + 1) * self.size]
            yield self.x[q], self.t[q]
"""
_HE = """
import numpy as np

def init_he(n_in, n_out, seed=0):
    r = np.random.RandomState(seed)
    return r.randn(n_in, n_out) * np.sqrt(2.0 / n_in)
"""
_FAN_IN = _HE.replace("r = np", "# He et al. (2015), fan-in\n    r = np")
_GLOROT = """
import numpy as np

def glorot_uniform(fan_in, fan_out):
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    return np.random.uniform(-limit, limit, size=(fan_in, fan_out))
"""

_COUNTED = (
    _ITERATOR.replace("len(p) // self.size", "len(self)")
    + """
    def __len__(self):
        return (len(self.x) + self.size - 1) // self.size
"""
)
_DROPOUT = """
import numpy as np

class Dropout:
    def __init__(self, ratio=0.3):
        self.ratio = ratio

    def forward(self, x, train_flg=True):
        if train_flg:
            self.mask = np.random.rand(*x.shape) > self.ratio
            return x * self.mask
        return x * (1.0 - self.ratio)

    def backward(self, dout):
        return dout * self.mask
"""
_INVERTED = """
import numpy as np

class InvertedDropout:
    def __init__(self, keep=0.8):
        self.keep, self.training = keep, True

    def eval(self):
        self.training = False

    def forward(self, x):
        if not self.training:
            return x
        self.mask = (np.random.rand(*x.shape) < self.keep) / self.keep
        return x * self.mask

    def backward(self, g):
        return g * self.mask
"""
_SCALER = """
import numpy as np

class Standardizer:
    def fit(self, x):
        self.mean, self.std = x.mean(axis=0), x.std(axis=0)
        return self

    def transform(self, x):
        return (x - self.mean) / self.std
"""


def _bug(concept: str, cause: str, source: str, old: str, new: str) -> Planted:
    return Planted(f"{concept}: {new}", concept, (cause,), with_changes(source, (old, new)))


_FROM_ONE = """
import numpy as np

def encode(kind, n_class=3):
    rows = np.zeros((len(kind), n_class))
    for row, k in zip(rows, kind):
        row[k - 1] = 1
    return rows

def decode(scores):
    return scores.argmax(axis=1) + 1
"""

BUGS = (
    _bug("one_hot", "labels_from_one_misplaced", _FROM_ONE.replace("encode(", "to_one_hot("), "k - 1", "k % n_class"),
    _bug("one_hot", "labels_off_by_one", _ONE_HOT, "labels] = 1", "labels - 1] = 1"),
    _bug("one_hot", "one_hot_in_all_rows", _ONE_HOT, "rows[np.arange(len(labels)), labels]", "rows[:, labels]"),
    _bug("one_hot", "one_hot_of_labels", _ONE_HOT, "] = 1", "] = labels"),
    _bug("one_hot", "one_hot_reversed", _TO_CATEGORICAL, "np.eye(t.max() + 1)[t]", "1 - np.eye(t.max() + 1)[t]"),
    _bug("standardize", "scaled_wrongly", _STANDARDIZE, "X.std(axis=0)", "X.var(axis=0)"),
    _bug("standardize", "scaled_wrongly", _STANDARDIZE, "(X - mean) / (std + 1e-8)", "X - mean / std"),
    _bug("standardize", "scaled_by_sample", _ZSCORE, "Z[:, j] = (X[:, j] - X[:, j].mean()) / X[:, j].std()",
         "Z = (X - X.mean(1, keepdims=True)) / X.std(1, keepdims=True)"),
    _bug("standardize", "into_integers", _ZSCORE, "np.zeros(X.shape)", "np.zeros_like(X)"),
    _bug("standardize", "test_by_its_own_scale", _BOTH, "(x_test - mean) / std",
         "(x_test - x_test.mean(axis=0)) / x_test.std(axis=0)"),
    _bug("min_max", "scaled_wrongly", _MIN_MAX, "(high - low)", "high"),
    _bug("mini_batches", "batches_mismatched", _GENERATOR, "t[j]", "t[i:i + size]"),
    _bug("mini_batches", "batches_mismatched", _LIST, "y[order]", "y[np.random.permutation(len(y))]"),
    _bug("mini_batches", "batches_leave_out", _LIST, "range(0, len(X), batch_size)",
         "range(0, len(X) - batch_size, batch_size)"),
    _bug("mini_batches", "batches_leave_out", _ITERATOR, "range(len(p) // self.size)",
         "range(len(p) // self.size - 1)"),
    _bug("mini_batches", "batches_miscounted", _COUNTED, "range(len(self))",
         "range(len(self.x) // self.size)"),
    _bug("dropout_layer", "dropout_not_alike", _DROPOUT, "x * (1.0 - self.ratio)", "x * self.ratio"),
    _bug("dropout_layer", "dropout_not_alike", _INVERTED, ") / self.keep", ") * self.keep"),
    _bug("dropout_layer", "dropout_mask_ignored", _DROPOUT, "return dout * self.mask", "return dout"),
    _bug("dropout_layer", "dropout_scaled_one_way", _INVERTED, "g * self.mask", "g * (self.mask > 0)"),
    _bug("standardize", "mutates", _SCALER, "return (x - self.mean) / self.std",
         "x -= self.mean; x /= self.std; return x"),
    _bug("standardize", "scaled_wrongly", _SCALER, "x.std(axis=0)", "x.var(axis=0)"),
    _bug("he_init", "init_variance", _HE, "np.sqrt(2.0 / n_in)", "2.0 / n_in"),
    _bug("he_init", "init_variance", _HE, "np.sqrt(2.0 / n_in)", "np.sqrt(1.0 / n_in)"),
    _bug("he_init", "init_variance", _FAN_IN, "2.0 / n_in", "2.0 / n_out"),
    _bug("he_init", "init_not_centred", _HE, "r.randn", "r.rand"),
    _bug("xavier_init", "init_variance", _GLOROT, "np.random.uniform(-limit, limit", "np.random.normal(0, limit"),
    _bug("xavier_init", "init_not_centred", _GLOROT, "-limit, limit", "0, limit"),
)  # fmt: skip

VARIANTS = (
    Variant("one_hot: of labels from 1, as they are read off again", "one_hot",
            _FROM_ONE.replace("encode(", "to_one_hot("), "count from 1"),
    Variant("one_hot: of labels from 1 less 1", "one_hot", _ONE_HOT + "\ndef rows_of(t):\n"
            "    return one_hot(t - 1, 3)\n\ndef decode(y):\n    return np.argmax(y, axis=1) + 1\n"),
    Variant("one_hot: by its index", "one_hot", _ONE_HOT),
    Variant("one_hot: of labels that begin at 1", "one_hot", _ONE_HOT.replace("labels] = 1", "labels - 1] = 1")
            + "\ny_train = np.array([3, 1, 2, 2, 1])\nrows = one_hot(y_train, 3)\n", "count from 1"),
    Variant("one_hot: counts its classes", "one_hot", _TO_CATEGORICAL),
    Variant("standardize: with an epsilon", "standardize", _STANDARDIZE, "epsilon 1e-08"),
    Variant("standardize: column by column", "standardize", _ZSCORE),
    Variant("standardize: test data as the training data", "standardize", _BOTH, "test data"),
    Variant("min_max: by feature", "min_max", _MIN_MAX),
    Variant("mini_batches: a generator", "mini_batches", _GENERATOR),
    Variant("mini_batches: a list", "mini_batches", _LIST),
    Variant("mini_batches: an iterator", "mini_batches", _ITERATOR, "left out"),
    Variant("mini_batches: counted", "mini_batches", _COUNTED),
    Variant("dropout: scaled after training", "dropout_layer", _DROPOUT),
    Variant("dropout: inverted", "dropout_layer", _INVERTED),
    Variant("standardize: a class", "standardize", _SCALER),
    Variant("standardize: a scaler to 0 and 1", "standardize", _SCALER.replace("Standardizer", "Scaler").replace(
        "x.mean(axis=0), x.std(axis=0)", "x.min(axis=0), x.max(axis=0) - x.min(axis=0)"), "(x - min)"),
    Variant("he_init: normal", "he_init", _HE),
    Variant("he_init: by the outputs", "he_init", _HE.replace("2.0 / n_in", "2.0 / n_out"), "fan-out"),
    Variant("he_init: uniform", "he_init", _HE.replace(
        "r.randn(n_in, n_out) * np.sqrt(2.0 / n_in)",
        "r.uniform(-1, 1, (n_out, n_in)) * np.sqrt(6.0 / n_in)")),
    Variant("xavier_init: uniform", "xavier_init", _GLOROT),
    Variant("xavier_init: normal by inputs", "xavier_init", _HE.replace("init_he", "xavier_init").replace("2.0", "1.0")),
)  # fmt: skip
