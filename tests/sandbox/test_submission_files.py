"""What is a submission, what of a folder comes with it, and what a notebook runs."""

import json

import numpy as np
import pytest

from compare.sandbox.interface import Ending, Failed, Limits, Unreadable
from compare.sandbox.sandbox import Sandbox
from compare.sandbox.submission_files import Source


@pytest.fixture
def files(tmp_path):
    """Writes the files given by name, and returns the folder."""

    def write(**texts):
        for name, text in texts.items():
            path = tmp_path / name.replace("__", "/").replace("_py", ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path

    return write


def unreadable(path):
    with pytest.raises(Unreadable) as caught:
        Source.of(path)
    return str(caught.value)


def test_what_cannot_be_a_submission_says_why(files):
    here = files(a_py="x = 1\ndef f(:\n", b_py=b"# \xff\xfe\n", c_py=b"x = 1\0", d="x", e__x="x")
    assert "No such file" in unreadable(here / "none.py")
    assert unreadable(here / "a.py") == "a.py:2: invalid syntax in 'def f(:'"
    assert "b.py is not UTF-8 (line 1)" in unreadable(here / "b.py")
    assert "c.py" in unreadable(here / "c.py")
    assert "is no .py file, no folder and no .ipynb notebook" in unreadable(here / "d")
    assert "has no .py file" in unreadable(here / "e")
    deep = files(deep_py="x = " + "-" * 200_000 + "1\n")
    assert "deep.py" in unreadable(deep / "deep.py")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', '{"cells": [{}]}', "[" * 100_000])
def test_what_is_no_notebook_says_so(tmp_path, text):
    (tmp_path / "n.ipynb").write_text(text)
    assert "is no Jupyter notebook" in unreadable(tmp_path / "n.ipynb")


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter(files):
    here = files(net_py=b"\xef\xbb\xbfdef f(x):\r\n    return x + 1\r\n")
    with Sandbox(here / "net.py") as box:
        assert box.call("f", 1).value == 2


def test_a_text_in_the_encoding_that_it_names_is_read_in_it(files):
    here = files(
        net_py=b"# -*- coding: latin-1 -*-\ndef f(x):\n    return len('caf\xe9')\n",
        kana_py="# coding: cp932\ndef f(x):\n    return len('あ')\n".encode("cp932"),
    )
    for name, length in (("net.py", 4), ("kana.py", 1)):
        with Sandbox(here / name) as box:
            assert box.call("f", 1).value == length
            assert box.inventory["f"].line == 2


def test_an_encoding_that_there_is_not_or_that_it_is_not_in_says_so(files):
    here = files(
        a_py=b"# coding: klingon\n",
        b_py=b"# coding: cp932\nx = '\x81'\n",
        c_py=b"x = 1\n\n\n# caf\xe9\n",
    )
    assert unreadable(here / "a.py") == "a.py:1: unknown encoding: klingon"
    assert "b.py is not CP932 (line 2)" in unreadable(here / "b.py")
    assert "c.py is not UTF-8 (line 4)" in unreadable(here / "c.py")


def test_a_package_that_it_is_inside_of_is_found_around_it(files):
    here = files(
        project__models__net_py="from project.layers import twice\nfrom project import rates\n"
        "import sibling\ndef f(x):\n    return rates.rate * sibling.same(twice(x))\n",
        project__models__sibling_py="def same(x):\n    return x\n",
        project__layers_py="from project.inner.doubling import two\n"
        "def twice(x):\n    return two * x\n",
        project__inner__doubling_py="two = 2\n",
        project__rates_py="rate = 10\n",
        project__other_py="1 / 0\n",
        unrelated_py="",
    )
    source = Source.of(here / "project" / "models" / "net.py")
    assert source.folder == "project/models"
    assert sorted(name for name, _ in source.files) == [
        "project/inner/doubling.py",
        "project/layers.py",
        "project/models/net.py",
        "project/models/sibling.py",
        "project/rates.py",
    ]
    for target in ("net.py", ""):  # the file, and the folder that it is in
        with Sandbox(here / "project" / "models" / target) as box:
            assert box.call("f", 3).value == 60
            assert not box.inventory.failures


def test_a_package_beside_it_comes_before_one_around_it(files):
    here = files(
        models__a__models__layers_py="where = 'beside'\n",
        models__a__net_py="from models.layers import where\ndef f():\n    return where\n",
        models__layers_py="where = 'around'\n",
    )
    with Sandbox(here / "models" / "a" / "net.py") as box:
        assert box.call("f").value == "beside"


def test_a_folder_of_folders_beside_it_is_a_package_without_more(files):
    here = files(
        net_py="from parts.inner.layers import where\ndef f():\n    return where\n",
        parts__inner__layers_py="where = 'far below'\n",
        data__numbers_txt="1 2\n",
    )
    with Sandbox(here / "net.py") as box:
        assert box.call("f").value == "far below"


def test_a_folder_that_it_adds_to_where_modules_are_looked_for_comes_along(files):
    text = "import os, sys\n{line}\nfrom layers import twice\ndef f(x):\n    return twice(x)\n"
    adds = "sys.path.insert(0, os.path.join(os.getcwd(), 'src'))"
    here = files(
        net_py=text.replace("{line}", adds),
        without_py=text.replace("{line}", "where = 'src'"),
        src__layers_py="def twice(x):\n    return 2 * x\n",
    )
    with Sandbox(here / "net.py") as box:
        assert box.call("f", 3).value == 6
    assert [name.rpartition("/")[2] for name, _ in Source.of(here / "without.py").files] == [
        "without.py"
    ]


def test_links_that_lead_to_each_other_are_one_line(tmp_path):
    (tmp_path / "a.py").symlink_to("b.py")
    (tmp_path / "b.py").symlink_to("a.py")
    assert "Too many levels of symbolic links" in unreadable(tmp_path / "a.py")


def test_a_package_beside_the_file_comes_along_and_another_submission_does_not(files):
    here = files(
        hana_py="from common.functions import *\n",
        common__functions_py="import numpy as np\nsigmoid = lambda x: 1 / (1 + np.exp(-x))\n",
        taro_py="SECRET = 1\n",
    )
    source = Source.of(here / "hana.py")
    names = {name.split("/", 1)[1] for name, _ in source.files}
    assert names == {"hana.py", "common/functions.py"}
    with Sandbox(source) as box:
        assert (box.call("sigmoid", np.zeros(2)).value == 0.5).all()
        assert box.inventory["sigmoid"].file == "common/functions.py"
        assert box.inventory["sigmoid"].line == 2


def test_the_layout_of_a_book_with_its_common_folder_one_up(files):
    here = files(
        ch04__net_py="import sys\nsys.path.append('..')\nfrom common.layers import Twice\n",
        common__layers_py="class Twice:\n    def forward(self, x):\n        return 2 * x\n",
    )
    for path in (here / "ch04" / "net.py", here / "ch04"):
        with Sandbox(path) as box:
            layer = box.call("Twice").value
            assert box.method(layer, "forward", 3.0).value == 6.0
            assert box.inventory["Twice"].line == 1


def test_data_that_it_names_lies_where_it_looks_for_it(files):
    here = files(
        net_py="import numpy as np\nTABLE = np.loadtxt('data/x.csv', delimiter=',')\n"
        "def f():\n    return TABLE\n"
    )
    (here / "data").mkdir()
    (here / "data" / "x.csv").write_text("1,2\n3,4\n")
    (here / "data" / "other.csv").write_text("0")
    source = Source.of(here / "net.py")
    assert sorted(name.split("/", 1)[1] for name, _ in source.files) == ["data/x.csv", "net.py"]
    with Sandbox(source) as box:
        assert (box.call("f").value == [[1, 2], [3, 4]]).all()


def test_a_link_out_of_the_folder_is_not_followed(files, tmp_path_factory):
    secret = tmp_path_factory.mktemp("private") / "secret.csv"
    secret.write_text("s3cret")
    here = files(net_py="import other\nX = 'x.csv'\n")
    try:
        (here / "x.csv").symlink_to(secret)
        (here / "other.py").symlink_to(secret)
        (here / "linked").symlink_to(secret.parent)
    except OSError:
        pytest.skip("no links here")
    for path in (here / "net.py", here):
        assert b"s3cret" not in b"".join(data for _, data in Source.of(path).files)


def test_a_folder_of_modules(files):
    here = files(
        box__functions_py="def f():\n    return 'functions'\ndef g():\n    return 1\n",
        box__more_py="from functions import g\ndef f():\n    return 'more'\n",
        box__train_py="raise FileNotFoundError('mnist.pkl')\n",
        box__sub__deep_py="X = 1\n",
    )
    with Sandbox(here / "box") as box:
        assert [f.name for f in box.inventory.found] == ["f", "g", "more.f"]
        assert box.inventory.failures == ("FileNotFoundError: mnist.pkl (train.py:1)",)
        assert box.call("f").value == "functions" and box.call("more.f").value == "more"
        assert box.call("functions.f").value == "functions"


def test_a_package_with_relative_imports(files):
    here = files(
        net__util_py="def twice(x):\n    return 2 * x\n",
        net__layers_py="from . import util\nclass Layer:\n    def f(self, x):\n"
        "        return util.twice(x)\n",
    )
    (here / "net" / "__init__.py").write_text("from .layers import Layer\n")
    with Sandbox(here / "net") as box:
        assert box.method(box.call("Layer").value, "f", 2).value == 4
        assert sorted(f.name for f in box.inventory.found) == ["Layer", "twice"]


@pytest.mark.parametrize("name", ["random.py", "numpy.py", "torch.py", "scratch.py", "my-net 1.py"])
def test_a_file_may_be_called_as_it_likes(files, name):
    here = files(x="x")
    (here / name).write_text("import numpy as np\nimport random\ndef f():\n    return np.ones(2)\n")
    with Sandbox(here / name) as box:
        assert (box.call("f").value == 1).all()


def notebook(path, *cells):
    whole = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    whole.insert(1, {"cell_type": "markdown", "source": ["# Title"]})
    path.write_text(json.dumps({"cells": whole, "nbformat": 4, "metadata": {}}))
    return path


def test_a_notebook_runs_its_cells_in_order(tmp_path):
    path = notebook(
        tmp_path / "nb.ipynb",
        "%matplotlib inline\n!pip install numpy\nfrom pandas import *\nimport numpy as np",
        "%%time\nrate = 0.1\nfiles = !ls\nnp.zeros?\nif rate:\n    %timeit 1\nx = (7\n% 4)",
        "def f(x):\n    return x * rate\n1 / 0\nafter = 1",
        "name = input('? ')",
        "%%bash\nrm -rf /",
        "display(np.zeros(3))\ndef g():\n    raise ValueError('here')\n\nclass A:\n    pass",
        "def broken(:\n    pass",
    )
    with Sandbox(path) as box:
        found = {f.name: f for f in box.inventory.found}
        assert set(found) == {
            "rate",
            "x",
            "f",
            "after",
            "g",
            "A",
        }  # what defines something is run after 1 / 0
        assert found["f"].source == "def f(x):\n    return x * rate"
        assert (found["g"].line, found["A"].line) == (2, 5)
        failures = box.inventory.failures
        assert failures[0].startswith("cell 1 raised ModuleNotFoundError: No module named 'pandas'")
        assert (
            failures[1] == "cell 3 raised ZeroDivisionError: division by zero (nb.ipynb cell 3:3)"
        )
        assert "cell 4 raised EOFError" in failures[2]
        assert "cell 7 raised SyntaxError" in failures[3]
        assert box.inventory.lost == ("broken",)
        assert "cell 1: left out '!pip install numpy'" in box.inventory.notes
        assert "cell 5: left out '%%bash'" in box.inventory.notes
        assert box.call("f", 2.0).value == 0.2
        with pytest.raises(Failed) as caught:
            box.call("g")
        assert caught.value.where == "nb.ipynb cell 6:3, in g"


def test_a_cell_that_trains_for_hours_does_not_keep_the_next_from_running(tmp_path):
    # it shortens its own time, in the statement that takes it: each has a clock of its own
    hours = "import signal\nif 1:\n    signal.setitimer(0, 0.001)\n    while True: pass"
    path = notebook(tmp_path / "nb.ipynb", hours, "def f():\n    return 1")
    with Sandbox(path, Limits(seconds=100.0)) as box:
        assert box.call("f").value == 1
        assert "cell 1 raised Overtime" in box.inventory.failures[0]


def test_a_notebook_that_imports_torch_is_not_from_scratch(tmp_path):
    path = notebook(
        tmp_path / "nb.ipynb", "x = 1", "try:\n    import torch\nexcept Exception: pass"
    )
    with Sandbox(path) as box, pytest.raises(Failed) as caught:
        box.inventory  # noqa: B018
    assert caught.value.ending is Ending.NOT_FROM_SCRATCH
    assert caught.value.where == "nb.ipynb cell 2:2"


FURNITURE = """
import matplotlib
matplotlib.rcParams["font.size"] = 12
import matplotlib
matplotlib.use("Agg"); matplotlib.rcParams["font.size"] = 12
import matplotlib.pyplot as plt
from mpl_toolkits.mplot3d import Axes3D
from matplotlib import cm
import seaborn as sns, japanize_matplotlib
from tqdm import tqdm, trange
from tqdm.notebook import tqdm as bar
from IPython.display import display, HTML, clear_output
from google.colab import drive, files
from ipywidgets import interact
drive.mount("/content/drive")
fig, ax = plt.subplots(1, 2)
ax[0].plot([1, 2], label="x"); ax[1].set_title("t"); fig.colorbar(ax[0].imshow([[1]]))
with plt.style.context("ggplot"):
    plt.plot([1], [2], "r-"); plt.show()
line, = plt.plot([1])
total = sum(tqdm(range(4))) + sum(trange(3)) + len(list(bar([1, 2])))
@interact(x=3)
def f(x=1):
    return total
from numba import jit, njit
@njit
def g(x):
    return 2 * x
@jit(nopython=True)
def h(x):
    return 3 * x
"""


def test_plotting_and_notebook_furniture_is_swallowed(boxed):
    box = boxed(FURNITURE)
    assert box.call("f").value == 6 + 3 + 2
    assert box.call("g", 1.0).value == 2.0 and box.call("h", 1.0).value == 3.0
    assert box.inventory.failures == ()
    assert "seaborn was replaced by one that does nothing" in box.inventory.notes


OF_DATA = """
from keras.datasets import fashion_mnist
from torchvision import datasets, transforms
import torch.utils.data

def twice(x):
    return 2 * x
"""


def test_a_library_of_which_only_data_sets_are_wanted_is_missing_and_no_breach(files):
    here = files(data_py=OF_DATA, more_py=f"{OF_DATA}\nimport torch\n")
    assert Source.of(here / "data.py").of_data == ("keras", "torch", "torchvision")
    assert Source.of(here / "more.py").of_data == ("keras", "torchvision")
    with Sandbox(here / "data.py") as box:
        assert box.call("twice", 2).value == 4
    assert box.breaches == ()
    with Sandbox(here / "more.py") as box, pytest.raises(Failed, match="it imports torch"):
        box.call("twice", 2)
