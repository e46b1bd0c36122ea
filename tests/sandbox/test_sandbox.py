"""An ordinary submission runs untouched, and answers with its own bits."""

import numpy as np
import pytest

from compare.sandbox.in_process import InProcess
from compare.sandbox.interface import Ending, Failed, Handle, Parameter
from compare.sandbox.sandbox import Sandbox, missing_layers

NET = '''
from dataclasses import dataclass
from enum import IntEnum

import matplotlib.pyplot as plt
import numpy as np


def softmax(u, axis=-1, *, scale=1.0, **rest):
    """Softmax of the rows.

    More about it."""
    print("softmax of", u.shape)
    e = np.exp(u - u.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


relu = lambda x: np.maximum(x, 0)
PI = 3.0


class Colour(IntEnum):
    RED = 7


@dataclass
class Setting:
    lr: float = 0.1


class Affine:
    """u = xW + b."""

    def __init__(self, W, b):
        self.params = {"W": W, "b": b}

    def forward(self, x):
        return x @ self.params["W"] + self.params["b"]

    def _hidden(self):
        pass


class Sgd:
    def __init__(self, lr=0.1):
        self.lr = lr

    def update(self, params, grads):
        for name in params:
            params[name] -= self.lr * grads[name]


def same(x):
    return x


def of_function(f, x):
    return f(x)


def bump(x, y):
    y += 1


def half(x):
    return x / np.zeros(3)


def wrong(x):
    raise ValueError("of another shape\\x1b[31m")


def counted():
    yield from range(10**9)


def colour():
    return Colour.RED


def solve(a, b):
    return np.linalg.solve(a, b)


if __name__ == "__main__":
    raise SystemExit("not as a module")
'''


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    path = tmp_path_factory.mktemp("net") / "net.py"
    path.write_text(NET, encoding="utf-8")
    with Sandbox(path) as box:
        yield box


def test_the_inventory_names_what_it_defines(box):
    names = [found.name for found in box.inventory.found]
    assert names == [
        "softmax", "relu", "PI", "Colour", "Setting", "Affine", "Sgd", "same", "of_function",
        "bump", "half", "wrong", "counted", "colour", "solve",
    ]  # fmt: skip
    softmax = box.inventory["softmax"]
    assert (softmax.kind, softmax.line, softmax.doc) == ("function", 9, "Softmax of the rows.")
    assert softmax.source.startswith("def softmax(u") and softmax.source.endswith("keepdims=True)")
    assert softmax.parameters == (
        Parameter("u", True),
        Parameter("axis", False, default=-1),
        Parameter("scale", False, keyword_only=True, default=1.0),
        Parameter("rest", False, keyword_only=True, variadic=True),
    )
    assert box.inventory["relu"].source == "relu = lambda x: np.maximum(x, 0)"
    affine = box.inventory["Affine"]
    assert affine.parameters == (Parameter("W", True), Parameter("b", True))
    assert dict(affine.methods) == {"forward": (Parameter("x", True),)}
    assert (affine.kind, affine.line, affine.doc) == ("class", 31, "u = xW + b.")
    assert "matplotlib was replaced by one that does nothing" in box.inventory.notes


def test_a_call_gives_the_bits_that_numpy_gives_here(box):
    u = np.random.default_rng(0).standard_normal((5, 7))
    answer = box.call("softmax", u)
    e = np.exp(u - u.max(axis=-1, keepdims=True))
    assert answer.value.tobytes() == (e / e.sum(axis=-1, keepdims=True)).tobytes()
    assert answer.printed == "softmax of (5, 7)\n"
    assert answer.changed == () and answer.seconds > 0
    assert box.call("softmax", u, axis=0, scale=2.0).value.shape == (5, 7)


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "<f2", ">f4", "f8", "c8", "c16", "longdouble"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_keep_dtype_shape_order_and_bits(box, dtype, order):
    a = np.random.default_rng(1).integers(0, 2, (3, 4, 2)).astype(dtype, order=order)
    for sent in (a, a[::2, ::-1], a[:0], a[0, 0, 0:1].reshape(())):
        back = box.call("same", sent).value
        assert (back.dtype, back.shape) == (sent.dtype, sent.shape)
        assert back.tobytes() == sent.tobytes()
    assert box.call("same", a).value.flags.f_contiguous == a.flags.f_contiguous


@pytest.mark.parametrize(
    "value",
    [None, True, -3, 2**70, -0.0, np.inf, "ä\ud800\n", 1 - 2j, [], (1, [2.5, "x"]), {1: ()}, {},
     np.float32(0.1), np.int8(-3), np.bool_(True)],
)  # fmt: skip
def test_plain_values_come_back_as_they_were(box, value):
    back = box.call("same", value).value
    assert type(back) is type(value) and repr(back) == repr(value)


def test_a_nan_stays_one(box):
    assert np.isnan(box.call("same", np.nan).value)


def test_a_subclass_of_a_plain_type_comes_as_the_plain_value(box):
    value = box.call("colour").value
    assert value == 7 and type(value) is int


def test_a_changed_argument_is_seen_and_shown(box):
    x, y = np.zeros(3), np.zeros((2, 2))
    answer = box.call("bump", x, y)
    assert answer.changed == (1,)
    assert (answer.after[1] == 1).all() and (answer.after[0] == 0).all()
    assert (y == 0).all(), "ours is not what it changed"


def test_objects_stay_there_and_are_used_by_handle(box):
    layer = box.call("Affine", np.eye(3)[:, :2], np.array([1.0, 2.0])).value
    assert isinstance(layer, Handle) and layer.type_name == "Affine"
    assert (box.method(layer, "forward", np.ones((1, 3))).value == [[2, 3]]).all()
    assert set(box.get(layer, "params")) == {"W", "b"}
    box.set(layer, "params", {"W": np.zeros((3, 2)), "b": np.zeros(2)})
    assert (box.method(layer, "forward", np.ones((1, 3))).value == 0).all()


def test_an_update_in_place_shows_in_what_is_kept(box):
    params = box.keep({"W": np.ones(2)})
    rule = box.call("Sgd", lr=0.5).value
    answer = box.method(rule, "update", params, {"W": np.ones(2)})
    assert answer.value is None and answer.changed == (0,)
    assert (box.fetch(params)["W"] == 0.5).all()


def test_a_function_of_ours_is_handed_over_and_called_there(box):
    square = box.define("lambda x: (x * x).sum()")
    assert isinstance(square, Handle) and square.type_name == "function"
    assert box.call("of_function", square, np.arange(3.0)).value == 5.0
    assert box.call("of_function", square, np.arange(4.0)).value == 14.0


def test_a_function_of_ours_does_not_see_what_the_submission_defines(box):
    reaches = box.define("lambda x: relu(x)")
    with pytest.raises(Failed, match="name 'relu' is not defined"):
        box.call("of_function", reaches, 1.0)


def test_warnings_come_with_the_answer(box):
    answer = box.call("half", np.ones(3))
    assert answer.warnings == ("RuntimeWarning: divide by zero encountered in divide",)


def test_an_exception_says_where_in_their_own_file_and_the_next_call_goes_on(box):
    with pytest.raises(Failed) as caught:
        box.call("wrong", 1)
    line = next(i for i, text in enumerate(NET.splitlines(), 1) if "raise ValueError" in text)
    assert caught.value.ending is Ending.RAISED
    assert caught.value.where == f"net.py:{line}, in wrong"
    assert caught.value.line.startswith("ValueError: of another shape")
    assert "\x1b" not in caught.value.line, "nothing of it reaches the terminal as a command"
    assert box.call("same", 1).value == 1


def test_a_name_that_is_not_there_is_refused(box):
    with pytest.raises(Failed, match="there is no 'sigmoid' in the submission") as caught:
        box.call("sigmoid", 1)
    assert caught.value.ending is Ending.REFUSED


def test_an_endless_iterator_is_taken_up_to_the_limit(box):
    assert box.call("counted").value == list(range(1000))


def test_linear_algebra_runs(box):
    a, b = np.random.default_rng(2).standard_normal((2, 4, 4))
    assert box.call("solve", a, b).value.tobytes() == np.linalg.solve(a, b).tobytes()


@pytest.mark.parametrize(
    "value", ["zip([1], [2])", "iter([(1, 2)])", "map(tuple, [[1, 2]])", "((i, 2) for i in [1])"]
)
def test_the_items_of_an_iterator_are_taken(boxed, value):
    assert boxed(f"def f():\n    return {value}\n").call("f").value == [(1, 2)]


def test_a_loader_of_batches_is_an_object_though_it_is_an_iterator(boxed):
    box = boxed(
        "class Loader:\n    def __iter__(self):\n        return self\n"
        "    def __next__(self):\n        return 1\n"
    )
    assert isinstance(box.call("Loader").value, Handle)


@pytest.mark.parametrize("value", [np.array([None]), np.array(["a"]), object(), {1, 2}])
def test_what_cannot_be_handed_over_is_our_mistake(box, value):
    with pytest.raises(TypeError, match="cannot be handed to same"):
        box.call("same", value)


def test_large_arrays_go_both_ways(box):
    a = np.random.default_rng(3).standard_normal((1000, 700))
    assert box.call("same", a).value.tobytes() == a.tobytes()


def test_a_handle_of_another_box_or_of_a_process_that_ended_is_refused(boxed):
    mine = boxed("import os\nclass A:\n    pass\ndef end():\n    os._exit(3)\n")
    handle = mine.call("A").value
    with pytest.raises(Failed):
        mine.call("end")
    with pytest.raises(Failed, match="this A was of a process that ended.*exit code 3") as caught:
        mine.get(handle, "x")
    assert caught.value.ending is Ending.REFUSED
    assert isinstance(mine.call("A").value, Handle)


def test_nothing_of_it_is_left_behind(boxed, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    box = boxed("open('made.txt', 'w').write('x')\nimport os\nos.mkdir('d')\n")
    assert box.inventory.found == ()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("submission-")]
    box.close()
    assert not [p.name for p in tmp_path.iterdir() if p.name.startswith("submission-")]


def test_the_process_that_was_begun_is_the_one_that_runs_it(boxed):
    box = boxed("import os\ndef f():\n    return os.getpid()\n")
    box.begin()
    begun = box._ready
    box.begin()
    assert box._ready is begun
    assert box.call("f").value == begun._process.pid
    box.begin()
    assert box._ready is None


def test_a_process_that_was_begun_and_not_used_is_ended(boxed, tmp_path, monkeypatch):
    import psutil

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    box = boxed("open('made.txt', 'w').write('x')\n")
    box.begin()
    begun = psutil.Process(box._ready._process.pid)
    assert not [*tmp_path.glob("submission-*/files/made.txt")]  # it is not run before it is used
    box.close()
    assert not begun.is_running()
    assert not [*tmp_path.glob("submission-*")]


def test_the_worker_loads_nothing_of_this_project_and_no_torch(boxed):
    box = boxed("import sys\ndef loaded():\n    return [*sys.modules]\n")
    tops = {name.partition(".")[0] for name in box.call("loaded").value}
    assert not tops & {"compare", "scratch", "torch_ref", "torch", "psutil", "pickle5"}


def test_a_box_that_is_forgotten_ends_its_process(boxed):
    import psutil

    box = boxed("import os\ndef f():\n    return os.getpid()\n")
    forgotten = Sandbox(box.source)
    pid = forgotten.call("f").value
    process = psutil.Process(pid)
    del forgotten
    try:  # its number may be taken for a moment longer, until who forked it has noticed
        assert process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        pass


def test_an_interrupted_call_is_not_answered_by_the_next(boxed, monkeypatch):
    box = boxed("import time\ndef f(x):\n    time.sleep(0.3)\n    return x\n")
    assert box.call("f", 0).value == 0
    exchange, seen = type(box._worker._pipes).exchange, []

    def interrupted(pipes, seconds):
        seen.append(seconds)
        if len(seen) == 3:
            raise KeyboardInterrupt
        exchange(pipes, seconds)

    monkeypatch.setattr(type(box._worker._pipes), "exchange", interrupted)
    with pytest.raises(KeyboardInterrupt):
        box.call("f", 1)
    assert box.call("f", 2).value == 2


ATTRIBUTES = """
import numpy as np

class Net:
    def __init__(self):
        self.W1, self.rate, self.layers = np.ones((2, 3)), 0.5, [Net, 1.0]

    @property
    def broken(self):
        raise ValueError("not yet")

    @property
    def leaves(self):
        raise SystemExit

    @property
    def b1(self):
        return np.zeros(3)
"""


@pytest.mark.parametrize("isolated", [True, False])
def test_of_many_attributes_those_that_are_there_come_in_one_answer(tmp_path, isolated):
    (tmp_path / "net.py").write_text(ATTRIBUTES)
    names = {"__name__": "submission"}
    exec(ATTRIBUTES, names)  # a text of ours
    box = Sandbox(tmp_path / "net.py") if isolated else InProcess(names)
    net = box.call("Net").value
    asked = ("absent", "broken", "W1", "leaves", "b1", "rate", "layers")
    held = box.attributes(net, asked)
    assert list(held) == ["W1", "b1", "rate", "layers"]
    assert np.array_equal(held["W1"], np.ones((2, 3))) and np.array_equal(held["b1"], np.zeros(3))
    assert held["rate"] == 0.5 and isinstance(held["layers"][0], Handle)
    if isolated:
        box.close()


def test_what_the_sandbox_lacks_on_this_machine_is_what_a_submission_is_told(tmp_path):
    (tmp_path / "net.py").write_text("x = 1\n")
    with Sandbox(tmp_path / "net.py") as box:
        assert missing_layers() == box.inventory.notes
