"""The script of the worker: START SITE REQUESTS RESULTS EVENTS, or START SITE CHANNEL.

START is this file, SITE the folder where NumPy is, the others are pipes, by number; CHANNEL is a
socket on which it is asked to fork for submissions, each with pipes of its own.

It loads its neighbours from their files, confines itself, runs the submission, and answers.
"""

import builtins
import os
import sys
from types import ModuleType

PACKAGE = "compare.sandbox.worker"
NEIGHBOURS = (
    "lines", "wire_format", "forbidden", "paths", "audit_hook", "imports", "confinement",
    "after_failure", "run_submission", "script_objects", "training_loops", "inline_updates",
    "inventory", "numbers_inside", "steps.loops", "steps.state", "steps.turn",
    "steps.outputs", "steps.samples", "steps.explained", "steps.observe", "steps.finding",
    "steps.accumulated", "steps.left_alone", "steps.singles", "steps.other_texts", "steps.parts",
    "steps.momentum", "steps.beside_steps.ascent", "steps.beside_steps.moves",
    "steps.beside_steps.renewed", "steps.beside_steps.idle", "steps.slopes", "steps.repairs",
    *(f"steps.beside_steps.{name}" for name in
    ("sums", "units", "labels", "rates", "kept", "evaluation", "draws", "renewal", "stopping",
     "updates", "scaled")),
    "edits.names", "edits.expressions", "edits.statements", "edits.one_place", "calls.rewritten",
    "steps.written_otherwise", "steps.told", "steps.training", "calls.kinds_of_arguments",
    "calls.held_objects", "calls.lines_run", "serve",
)  # fmt: skip
KERNEL = ("landlock", "seccomp")


def neighbours(names: tuple[str, ...]) -> dict[str, ModuleType]:
    """Loads them under their full names, each with a copy of the builtins of its own."""
    here = os.path.dirname(sys.argv[1])
    for name in ("compare", "compare.sandbox", PACKAGE, f"{PACKAGE}.steps",
                 f"{PACKAGE}.steps.beside_steps", f"{PACKAGE}.calls",
                 f"{PACKAGE}.edits"):  # fmt: skip
        sys.modules.setdefault(name, ModuleType(name)).__path__ = []
    loaded = {}
    for name in names:
        path = os.path.join(here, *name.split(".")) + ".py"
        filename = f"<sandbox {name}>"  # no path: a traceback printed by the submission reads none
        module = ModuleType(f"{PACKAGE}.{name}")
        module.__dict__["__builtins__"] = dict(vars(builtins))
        sys.modules[module.__name__] = loaded[name] = module
        with open(path, encoding="utf-8") as file:
            exec(compile(file.read(), filename, "exec", dont_inherit=True), vars(module))
    return loaded


def forget(loaded: dict[str, ModuleType]) -> None:
    """Takes them, and this script, out of what the submission can import."""
    for name in [*sys.modules]:
        if name.partition(".")[0] == "compare":
            del sys.modules[name]
    sys.modules["__main__"] = ModuleType("__main__")


def without_ctypes() -> None:
    """Takes it away: it writes to memory, and not all that it does is audited."""
    for name in [*sys.modules]:
        if name.partition(".")[0] in ("ctypes", "_ctypes"):
            del sys.modules[name]


def furnished() -> None:
    """Adds what a script expects, exit and quit; and closes one way past the hook."""
    # site.py would define them, and -S leaves it out
    vars(builtins).update(exit=sys.exit, quit=sys.exit)
    audit = sys.audit

    def fork_exec(*args: object) -> None:
        audit("subprocess.Popen", args, None, None, None)

    if os.name == "posix":
        import _posixsubprocess

        # the interpreter audits only who calls it
        vars(_posixsubprocess).update(fork_exec=fork_exec)


def pipes(arguments: list[str]) -> list[int]:
    """The file numbers of the pipes; on Windows handles were passed, and are opened here."""
    numbers = [int(argument) for argument in arguments]
    if os.name != "nt":
        return numbers
    import msvcrt

    modes = (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)
    return [
        msvcrt.open_osfhandle(handle, mode | os.O_BINARY)  # type: ignore[attr-defined]
        for handle, mode in zip(numbers, modes, strict=True)
    ]


def forked(channel: int) -> list[int]:
    """The pipes of a submission, in a process that was forked for it."""
    __import__("numpy.random")  # NumPy loads it at its first use, and nearly everybody uses it
    before = {*sys.modules}
    (server,) = neighbours(("fork_server",)).values()
    numbers: list[int] = server.next_submission(channel)
    for name in {*sys.modules} - before:  # a submission has to import them to have them
        del sys.modules[name]
    return numbers


def main() -> None:
    """Never returns: the process ends with the pipe of requests."""
    numbers = pipes(sys.argv[3:])
    sys.path.append(sys.argv[2])
    sys.modules["ctypes"] = None  # type: ignore[assignment]  # NumPy does without
    loaded = neighbours(NEIGHBOURS)  # and NumPy with them
    del sys.modules["ctypes"]
    # what else is installed there is not for the submission
    sys.path.remove(sys.argv[2])
    receive, reply, events = forked(*numbers) if len(numbers) == 1 else numbers
    serve = loaded["serve"]
    waiting = serve.requests(receive)
    request, _ = next(waiting)
    server, run, notes = shut(loaded, request, events)
    request.update(do="run", run=run, notes=notes)
    body = memoryview(b"")
    write, leave, closed = os.write, os._exit, loaded["serve"].CLOSED
    while True:
        answer = server.answer(request, body)
        try:
            # before the answer, so that the parent has it when the answer is there
            write(events, b'{"done":"%s"}\n' % request["token"].encode("ascii"))
            serve.send(reply, answer)
            following = next(waiting, None)
        except OSError:
            leave(closed)
        if following is None:
            leave(0)
        request, body = following


def shut(loaded, setting, events):  # type: ignore[no-untyped-def]
    """Confines this process as the parent's first frame says; returns what runs the submission."""
    limits, trees = setting["limits"], setting["trees"]
    layers, confinement = setting["layers"], loaded["confinement"]
    notes = confinement.bounded(limits) if layers["rlimits"] else []
    # they import ctypes, so they are loaded before without_ctypes takes it away
    kernel = neighbours(KERNEL) if confinement.is_wanted(layers) else {}
    files, more_notes = confinement.confined(trees, layers, kernel)
    own_modules = frozenset(setting["own"])
    gate = loaded["imports"].Gate(own_modules, setting["course"])
    nowhere = loaded["imports"].Nowhere()
    sys.meta_path[:] = [gate, *sys.meta_path, nowhere]
    sys.path[:0] = setting["path"]
    sys.argv = setting["entry"]["paths"][:1]
    readable = loaded["paths"].ReadablePaths(
        home=setting["home"], written=trees["written"][0], allowed=tuple(trees["read"]),
        denied=tuple(trees["denied"]), project=tuple(trees["project"]),
        # a library of which only data sets are wanted is missing, and no breach
        own=own_modules | frozenset(setting["of_data"]), directories=files,
    )  # fmt: skip
    submission = loaded["run_submission"].Submission(
        setting["home"], setting["folder"], limits["seconds"]
    )
    run = loaded["run_submission"].runner(setting["entry"], loaded["imports"].Nothing())
    server = loaded["serve"].Server(submission, limits["items"], (sys.stdout, sys.stderr))
    furnished()
    forget(loaded)
    if layers["hook"]:
        without_ctypes()
        loaded["audit_hook"].install(events, readable)
    return server, run, lambda: [*notes, *more_notes, *gate.notes, *nowhere.notes]


if __name__ == "__main__":
    main()
