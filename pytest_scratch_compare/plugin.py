"""The plugin that pytest loads at its start: hooks, fixtures and options, and nothing behind them.

A package of its own: a ``compare.py`` beside somebody's tests keeps neither this from being loaded
nor the clash from being told. ``compare`` itself is imported by the first test that asks for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

DTYPES = ("float64", "float32", "float16", "bfloat16")
REPORTS = ("none", "failed", "all")
ACCEPTED = "compare_accepted"  # the setting that names the file of accepted differences
CASE = "compare_case"  # the marker, and the argument through which a test has the result

Refusal = Callable[[str], BaseException]  # makes the error of a line

_CHECKS = pytest.StashKey[Any]()  # of a test: its checks
_ASKED = pytest.StashKey[Any]()  # of a process: what is asked of every check
_COLLECTOR = "scratch_compare_collector"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, whose names all begin with --compare-."""
    group = parser.getgroup("compare", "scratch-compare: a pair, judged by what rounding explains")
    group.addoption(
        "--compare-dtype", choices=DTYPES, metavar="DTYPE",
        help="Compare in this dtype where a check names none; by default in float64 and float32.",
    )  # fmt: skip
    group.addoption(
        "--compare-report", choices=REPORTS, default="failed",
        help="Show the whole report of no check, of those that fail (default), or of all.",
    )  # fmt: skip
    for form, what in (("json", "as JSON"), ("html", "as one page of HTML")):
        group.addoption(
            f"--compare-{form}", metavar="FILE", help=f"Write what came of all checks {what}."
        )
    group.addoption(
        "--compare-tensorboard", metavar="DIR", help="Log all checks as a run in this folder."
    )
    group.addoption(
        "--compare-accept", action="store_true",
        help=f"Write the differences into the file of accepted ones ({ACCEPTED}); each counts once "
        "its reason is filled in.",
    )  # fmt: skip
    parser.addini(
        ACCEPTED, "File of accepted differences, from the root folder.", default=f"{ACCEPTED}.toml"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; where something is to be written, see now whether it can be."""
    config.addinivalue_line(
        "markers",
        f"{CASE}(*cases, seed=0, steps=None): run the test for each of these cases and dtypes: "
        f"names, groups such as 'affine.*', Case objects; its argument {CASE} is the result.",
    )
    together = [f"compare_{name}" for name in ("json", "html", "tensorboard", "accept")]
    if config.getoption("compare_report") != "all" and not any(map(config.getoption, together)):
        return
    asked, logdir = _asked(config, pytest.UsageError), config.getoption("compare_tensorboard")
    cards = logdir and _part("report.tensorboard.case_cards", pytest.UsageError).case_cards
    collector = _part("testing.collector", pytest.UsageError).Collector(cards or None)
    config.pluginmanager.register(collector, _COLLECTOR)
    if not hasattr(config, "workerinput"):  # pytest-xdist: a worker sends what this one collects
        config.pluginmanager.register(
            _part("testing.output", pytest.UsageError).output(config, asked, collector)
        )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each case and dtype of the marker."""
    marker = metafunc.definition.get_closest_marker(CASE)
    is_argument = CASE in metafunc.fixturenames
    name, refusal = metafunc.function.__name__, pytest.Collector.CollectError
    if marker is None and not is_argument:
        return
    if marker is None or not marker.args:
        raise refusal(f"{name} has the argument {CASE}: name cases, @pytest.mark.{CASE}(...)")
    if not is_argument:
        raise refusal(f"{name} is marked {CASE}: without an argument {CASE} nothing is compared")
    dtype = metafunc.config.getoption("compare_dtype")
    selected = _part("testing.marked_cases", refusal).selected
    cases = selected(marker.args, marker.kwargs, dtype, refusal)
    metafunc.parametrize(CASE, cases, ids=[c.id for c in cases], indirect=True)


@pytest.fixture
def compare_equivalent(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """``compare.equivalent`` that notes what it finds: the test goes on, and fails at its end."""
    return _checks(request.node).equivalent


@pytest.fixture
def compare_case(request: pytest.FixtureRequest) -> Any:
    """The result of a case of the marker of the same name; the test fails unless it is the same."""
    return _checks(request.node).run(request.param)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin without checks: a test that is run again has those of its last run alone."""
    if _CHECKS in item.stash:
        del item.stash[_CHECKS]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose checks do, once and in one message."""
    try:
        outcome = yield
    except (Exception, pytest.skip.Exception) as error:
        failure = _failure(item)
        if failure and isinstance(error, pytest.skip.Exception):
            raise pytest.fail.Exception(failure, pytrace=False) from None
        if failure:
            error.add_note(failure)
        raise
    if failure := _failure(item):
        raise pytest.fail.Exception(failure, pytrace=False)
    return outcome


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say first what differs first, and hand on what came of the checks."""
    error = call.excinfo.value if call.excinfo else None
    is_last = call.when == "call" or (call.when == "setup" and error is not None)
    if not is_last or not (_CHECKS in item.stash or _is_ours(error)):
        return (yield)
    try:
        checks = _checks(item)
    except (
        pytest.fail.Exception
    ):  # the file of accepted differences is wrong, and a fixture says so
        return (yield)
    headline = checks.headline_of(error)
    checks.replace_properties(item.user_properties)
    report = yield
    crash = getattr(report.longrepr, "reprcrash", None)
    if headline and crash is not None:
        crash.message = headline
    if collector := item.config.pluginmanager.get_plugin(_COLLECTOR):
        collector.attach(report, item.session.items.index(item), checks)
    return report


def _failure(item: pytest.Item) -> str:
    checks = item.stash.get(_CHECKS, None)
    return checks.failure() if checks else ""


def _checks(item: pytest.Item) -> Any:
    if _CHECKS not in item.stash:
        path = os.path.relpath(item.path, item.config.invocation_params.dir)
        again = "::".join([path, *item.nodeid.split("::")[1:]])  # as it is typed
        asked = _asked(item.config, _failing)
        item.stash[_CHECKS] = _part("testing.checks", _failing).Checks(item.nodeid, again, asked)
    return item.stash[_CHECKS]


def _asked(config: pytest.Config, refusal: Refusal) -> Any:
    if _ASKED not in config.stash:
        asked, dtype = _part("testing.asked", refusal), config.getoption("compare_dtype")
        path, report = config.rootpath / config.getini(ACCEPTED), config.getoption("compare_report")
        config.stash[_ASKED] = asked.asked(dtype, report, path, refusal)
    return config.stash[_ASKED]


def _is_ours(error: BaseException | None) -> bool:
    """Whether it is a NotEquivalent or a mistake in the use of compare, if that is imported."""
    modules = ("compare.equivalence.assert_equivalent", "compare.system.errors")
    kinds = zip(modules, ("NotEquivalent", "UserError"), strict=True)
    return any(m in sys.modules and isinstance(error, getattr(sys.modules[m], k)) for m, k in kinds)


def _failing(why: str) -> BaseException:
    return pytest.fail.Exception(why, pytrace=False)


def _part(name: str, refusal: Refusal) -> ModuleType:
    """A module of compare; or the refusal, where another ``compare`` hides ours."""
    try:
        return import_module(f"compare.{name}")
    except ImportError as error:
        hidden = getattr(sys.modules.get("compare"), "__file__", None)
        if not str(error.name).startswith("compare"):
            raise  # of ours, something that it needs is missing
        raise refusal(
            f"the package 'compare' was found at {hidden}, and is not that of scratch-compare: "
            "rename that file, or run from another folder"
        ) from None
