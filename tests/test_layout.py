"""Every module has a test of its own name in the same folder, or a reason why it has none."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("compare", "pytest_scratch_compare", "scratch", "torch_ref")

# By module or by folder, the nearest counts: why, with the test that runs it.
WITHOUT_A_TEST_OF_ITS_OWN = {
    "__init__.py": "hands on the names that tests/test_from_python.py uses",
    "__main__.py": "starts the command, as tests/cli/test_run.py does",
    "arithmetic/elementwise_functions.py": "bounded in tests/arithmetic/test_running_error.py",
    "arithmetic/formats.py": "two tuples of names, tried in tests/arithmetic/test_closeness.py",
    "api.py": "hands on the names that tests/test_from_python.py uses",
    "bench/equivalents.py": "a table, each reason of which tests/bench/test_mutation.py gives",
    "bench/mutant_runs.py": "runs the mutants of tests/bench/test_mutation.py",
    "bench/mutation_report.py": "summed up and printed in tests/bench/test_mutation.py",
    "bench/speed/report.py": "summed up and printed in tests/bench/speed/test_measured.py",
    "bench/torch_pairs": "twins, tried against torch in tests/bench/torch_pairs/test_pairs.py",
    "bench/registry.py": "a table, which tests/cli/test_bench.py asks by name",
    "bench/syntax.py": "makes the mutants of tests/bench/test_mutation.py",
    "bench/late_bugs.py": "a table, each bug of which tests/bench/test_training.py plants",
    "bench/judge_report.py": "summed up and printed in tests/bench/test_judge.py",
    "bench/other_comparisons.py": "what tests/bench/test_judge.py counts beside ours",
    "bench/problems.py": "draws the problems of tests/bench/test_judge.py",
    "bench/training_report.py": "summed up and printed in tests/bench/test_training.py",
    "cases": "a table, each case of which tests/engine/test_scratch_equals_torch.py runs",
    "check": "tests/check/examples/test_examples.py tries all of it on every bug and variant",
    "check/grading": "parts of one command, which tests/cli/test_grade.py gives whole classes",
    "check/report": "a result in every form, as tests/check/report/test_html.py reads it",
    "cli": "parts of one command, which tests/cli/test_run.py runs",
    "cli/run_logs.py": "tests/store/test_writer.py fills its disk",
    "core/recipe.py": "makes the trainings that tests/engine/test_side_run.py takes up again",
    "engine/checkpointing.py": "a protocol, kept by what tests/store/test_checkpoints.py tries",
    "engine/lockstep.py": "runs both sides of each case of tests/engine/test_run_case.py",
    "engine/on_cluster.py": "judges on the workers that tests/system/test_jobs.py starts",
    "engine/result_rows.py": "the rows of --json, counted in tests/cli/test_run.py",
    "engine/run_suite.py": "selects and runs, as tests/cli/test_run.py asks it to",
    "engine/suite.py": "the cases of a run, handed to processes in tests/engine/test_processes.py",
    "equivalence": "parts of one function, which tests/equivalence/test_assert_equivalent.py calls",
    "from_file": "parts of one option, with which tests/from_file/test_beside_torch.py runs files",
    "judge/attribution.py": "asks fifty digits who errs, in tests/report/test_limit_explained.py",
    "judge/compared.py": "what tests/judge/test_judge.py reads of each name",
    "judge/evidence.py": "kept of the first failure that tests/judge/test_judge.py restores",
    "judge/printed_values.py": "golden values, held against sides in tests/engine/test_run_case.py",
    "judge/rounding_noise/draws.py": "moves the results of "
    "tests/judge/rounding_noise/test_torch_perturbation.py",
    "judge/rounding_noise/measurement.py": "measures for "
    "tests/judge/rounding_noise/test_measured_limits.py",
    "judge/rounding_noise/optimizer_settings.py": "moved in the steps of Adam of "
    "tests/judge/rounding_noise/test_measured_limits.py",
    "judge/rounding_noise/taken_branches.py": "at the kinks of "
    "tests/judge/rounding_noise/test_measured_limits.py",
    "judge/wider_limits.py": "the limits that tests/judge/test_judge.py widens",
    "judge/verdict.py": "concluded from comparisons in tests/judge/test_judge.py",
    "language/wrapping.py": "the lines whose width tests/cli/test_translated_help.py measures",
    "oracle/data_parallel.py": "rules of several ranks, planted wrong in "
    "tests/cases/programs/test_parallel.py",
    "oracle/rules.py": "the rules by which tests/judge/test_judge.py judges",
    "oracle/update_rules.py": "the rules by which tests/judge/test_joint_updates.py judges",
    "report": "what tests/cli/test_run.py reads on the terminal",
    "shown_checks.py": "a table, each form of which tests/core/test_shown.py asks for",
    "shown_results.py": "a table, each form of which tests/core/test_shown.py asks for",
    "report/case_explained.py": "what `show` prints, read in tests/cli/test_list_show.py",
    "report/diff_text.py": "what `diff` prints, read in tests/store/test_diff.py",
    "report/replay_text.py": "what `replay` prints, read in tests/cli/test_replay_run.py",
    "report/tensorboard": "cards that tests/report/tensorboard/test_writer.py reads back",
    "report/tensorboard/trainings": "drawn in tests/report/tensorboard/test_pictures.py",
    "sandbox": "parts of one process, which tests/sandbox/test_sandbox.py calls",
    "sandbox/notebook.py": "cells of a file, run in tests/sandbox/test_submission_files.py",
    "sandbox/worker": "the process itself, loaded by no other: tests/sandbox/test_sandbox.py",
    "scratch": "mirrored as tests/scratch/test_mirror.py says, by value in "
    "tests/engine/test_scratch_equals_torch.py",
    "store/logdir.py": "a default, which tests/cli/test_printed_commands.py prints or leaves out",
    "store/directories.py": "the newest run, in tests/report/tensorboard/test_writer.py",
    "store/restored_result.py": "what tests/cli/test_resume_run.py takes up again",
    "sweeps": "all experiments in their short form are made in tests/sweeps/test_sweep.py",
    "system/errors.py": "an exception without code, raised in tests/cli/test_run.py",
    "system/exit_codes.py": "six numbers, each of them met in tests/cli/test_run.py",
    "testing": "parts of one plugin, which tests/pytest_scratch_compare/test_plugin.py runs",
    "torch_ref": "the reference, held against scratch in tests/engine/test_scratch_equals_torch.py",
}


def inside(path):
    """The place of a module in its house: without ``compare``, which the tests leave out too."""
    return path.relative_to(ROOT / "compare" if path.is_relative_to(ROOT / "compare") else ROOT)


def has_code(path):
    """Whether it is more than a docstring, imports and the names that it hands on."""
    passed_on = (ast.Import, ast.ImportFrom, ast.Expr)
    return any(
        not isinstance(node, passed_on) and "__all__" not in ast.unparse(node).partition("=")[0]
        for node in ast.parse(path.read_text(encoding="utf-8")).body
    )


MODULES = sorted(
    inside(path)
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if path.name != "__init__.py" or has_code(path)
)
TESTED = {m for m in MODULES if (ROOT / "tests" / m.parent / f"test_{m.name}").exists()}


def entry_of(module):
    """The entry that speaks of a module: its own, or that of the nearest folder around it."""
    places = (place.as_posix() for place in (module, *module.parents))
    return next((place for place in places if place in WITHOUT_A_TEST_OF_ITS_OWN), None)


def names_a_test(why):
    """Whether a reason names tests, all of which there are."""
    named = re.findall(r"tests/\S+\.py", why)
    return bool(named) and all((ROOT / test).is_file() for test in named)


def test_every_module_has_a_test_of_its_name_or_a_reason():
    missing = [m.as_posix() for m in MODULES if m not in TESTED and entry_of(m) is None]
    assert not missing, "\n".join(missing)


def test_no_reason_is_given_for_what_is_gone_or_has_a_test():
    needed = {entry_of(m) for m in MODULES if m not in TESTED}
    idle = sorted(set(WITHOUT_A_TEST_OF_ITS_OWN) - needed)
    assert not idle, idle


def test_every_reason_names_a_test_that_there_is():
    lost = [place for place, why in WITHOUT_A_TEST_OF_ITS_OWN.items() if not names_a_test(why)]
    assert not lost, lost


def test_every_folder_of_tests_is_one_of_the_house():
    folders = {p.parent.relative_to(ROOT / "tests") for p in (ROOT / "tests").rglob("test_*.py")}
    places = [p for p in folders if not any((ROOT / of / p).is_dir() for of in ("compare", "."))]
    assert not places, places


def test_every_file_that_a_page_names_is_there():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    named = re.compile(r"`((?:[a-z_]+/)+[a-z_0-9]+\.(?:py|md|txt))`")
    missing = [
        f"{page.name}: {place}"
        for page in pages
        for place in named.findall(page.read_text(encoding="utf-8"))
        if not any((root / place).exists() for root in (ROOT, ROOT / "compare"))
    ]
    assert not missing, "\n".join(missing)
