"""A package imports only what stands below it, without circles, at the top of the file."""

import ast
import collections
from functools import cache
from pathlib import Path

import compare

COMPARE = Path(compare.__file__).parent
LAYERS = (
    ("__init__",),
    ("__main__", "api", "shown_checks", "shown_results"),
    ("testing",),
    ("cli",),
    ("sweeps", "bench", "from_file"),
    ("check", "equivalence"),
    ("report",),
    ("store",),
    ("engine",),
    ("judge",),
    ("cases",),
    ("core",),
    ("oracle",),
    ("arithmetic", "sandbox", "system"),
    ("language",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

LONGEST_CHAIN, MOST_MODULES, MOST_INNER_IMPORTS = 22, 20, 15

# Of what statements consist that hold others.
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")

# A stranger's process has the standard library alone, and loads each of these when it is safe to.
WORKER = "compare.sandbox.worker."


def modules(root=COMPARE):
    """Name → file, of every module of the package."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = [root.name, *path.relative_to(root).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def statements(path):
    """(import statement, whether it stands at the top) of a file, which several tests look at."""
    found, waiting = [], [(ast.parse(path.read_text("utf-8")), True)]
    while waiting:
        node, top = waiting.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.append((node, top))
        top = top and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        # a statement stands in no expression
        for parts in (getattr(node, name, ()) for name in BLOCKS):
            waiting += [(part, top) for part in parts if isinstance(part, ast.AST)]
    return sorted(found, key=lambda each: each[0].lineno)


def imports(path, known):
    """(module, line, whether it stands at the top) of every import in a file."""
    for node, top in statements(path):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else node.module for name in whole]
        for name in dict.fromkeys(names):
            yield name, node.lineno, top


def graph(known, at_the_top_only=False):
    """Module → the modules of ours that it imports."""
    return {
        name: {
            other
            for other, _, top in imports(path, known)
            if other in known and other != name
            if top or not at_the_top_only
        }
        for name, path in known.items()
    }


def package(module):
    """``judge`` of ``compare.judge.training.curves``; the package's own front is ``__init__``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def upward(known):
    """Every import of what does not stand below, with its place."""
    for name, path in known.items():
        for other, line, _ in imports(path, known):
            if other not in known:
                continue
            mine, others = package(name), package(other)
            if mine != others and RANK[mine] >= RANK[others]:
                yield f"{name}:{line} imports {other}"


def circles(arrows):
    """Modules that import each other, directly or by way of others."""
    reach = {}

    def reached(name):
        seen, waiting = set(), [*arrows[name]]
        while waiting:
            other = waiting.pop()
            if other not in seen:
                seen.add(other)
                waiting += arrows[other]
        return seen

    for name in arrows:
        reach[name] = reached(name)
    return sorted({name for name in arrows if name in reach[name]})


def longest_chain(arrows):
    """The most modules of which each imports the next."""
    depth = {}

    def of(name):
        if name not in depth:
            depth[name] = 1 + max(map(of, arrows[name]), default=0)
        return depth[name]

    return max(map(of, arrows))


def test_a_package_imports_only_what_stands_below_it():
    assert [*upward(modules())] == []


def test_every_package_has_its_layer():
    packages = {package(name) for name in modules()}
    assert packages == set(RANK)


def test_no_modules_import_each_other():
    assert circles(graph(modules())) == []


def test_the_chain_of_imports_is_short():
    assert longest_chain(graph(modules(), at_the_top_only=True)) <= LONGEST_CHAIN


def test_no_folder_is_too_wide_to_read():
    known = modules()
    wide = collections.Counter(path.parent for path in known.values() if path.stem != "__init__")
    assert {str(folder): n for folder, n in wide.items() if n > MOST_MODULES} == {}


def test_imports_inside_functions_are_few_and_each_says_why():
    known, unexplained, number = modules(), [], 0
    for name, path in known.items():
        lines = path.read_text("utf-8").splitlines()
        for line in sorted({line for _, line, top in imports(path, known) if not top}):
            if name.startswith(WORKER):
                continue
            number += 1
            if "#" not in lines[line - 1] + lines[line - 2]:
                unexplained.append(f"{name}:{line}")
    assert unexplained == []
    assert number <= MOST_INNER_IMPORTS


def test_both_sides_stand_alone():
    for side, other in (("scratch", "torch_ref"), ("torch_ref", "scratch")):
        known = modules(COMPARE.parent / side)
        imported = {name for path in known.values() for name, _, _ in imports(path, known) if name}
        assert not {name.split(".")[0] for name in imported} & {"compare", other}, side


def test_the_rule_finds_what_it_forbids(tmp_path):
    """Planted: an import that goes up, one beside, and a circle that a function hides."""
    root = tmp_path / "compare"
    for name, text in {
        "judge/judge.py": "from compare.core.case import Case\n",
        "core/case.py": "def later():\n    from compare.judge.judge import Judge\n",
        "check/check.py": "from compare.equivalence.pair import Pair\n",
        "equivalence/pair.py": "import compare.oracle.rules\n",
        "oracle/rules.py": "",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    known = modules(root)
    assert [*upward(known)] == [
        "compare.check.check:1 imports compare.equivalence.pair",
        "compare.core.case:2 imports compare.judge.judge",
    ]
    assert circles(graph(known)) == ["compare.core.case", "compare.judge.judge"]
    assert circles(graph(known, at_the_top_only=True)) == []
    assert longest_chain(graph(known, at_the_top_only=True)) == 3
