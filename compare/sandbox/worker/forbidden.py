"""What a submission may not do: the interpreter's audit events and modules, by their meaning.

https://docs.python.org/3/library/audit_events.html
"""

message = str  # marks what the catalogue has
PROCESS, PROGRAM = (
    message("it starts a process ({event})"),
    message("it starts another program ({event})"),
)
MEMORY, CODE = (
    message("it searches the interpreter's memory ({event})"),
    message("it loads machine code ({event})"),
)
CTYPES = message("it reaches past Python with ctypes ({event})")
BREACHES = (
    ("os.exec", PROGRAM),
    ("os.fork", PROCESS),
    ("os.forkpty", PROCESS),
    ("os.posix_spawn", PROGRAM),
    ("os.spawn", PROGRAM),
    ("os.startfile", PROGRAM),
    ("os.startfile/2", PROGRAM),
    ("os.system", PROGRAM),
    ("pty.spawn", PROGRAM),
    ("subprocess.Popen", PROGRAM),
    ("_winapi.CreateProcess", PROGRAM),
    ("gc.get_objects", MEMORY),
    ("gc.get_referrers", MEMORY),
    ("gc.get_referents", MEMORY),
    ("sys._current_frames", MEMORY),
    ("sys._current_exceptions", MEMORY),
    ("code.__new__", message("it builds bytecode by hand ({event})")),
    (
        "cpython.PyInterpreterState_New",
        message("it starts an interpreter beside this one ({event})"),
    ),
    ("sqlite3.enable_load_extension", CODE),
    ("sqlite3.load_extension", CODE),
)
SIGNALS = ("os.kill", "os.killpg")
LIMITS = ("resource.setrlimit", "resource.prlimit")
WRITES = frozenset(
    "os.chflags os.chmod os.chown os.link os.lockf os.mkdir os.remove os.removexattr os.rename "
    "os.rmdir os.setxattr os.symlink os.truncate os.utime".split()
)
# Parts of a function whose change makes it another one.
FUNCTION = ("__code__", "__defaults__", "__kwdefaults__")
# Standard modules that reach past the hook, and that no NumPy code needs. Of these _posixsubprocess
# is there, without what it does (start.py): importing it anew would bring that back.
PAST_THE_HOOK = frozenset(
    "ctypes _ctypes _ctypes_test _interpreters _interpqueues _interpchannels _posixsubprocess "
    "_testcapi _testinternalcapi _testclinic _testmultiphase _xxsubinterpreters "
    "_xxinterpchannels readline".split()
)
FOREIGN = frozenset(
    "torch torchvision torchaudio torchtext functorch torch_ref jax jaxlib flax haiku optax "
    "equinox tensorflow tensorflow_probability tf_keras keras autograd tinygrad theano aesara "
    "pytensor mxnet paddle chainer mlx micrograd mindspore oneflow jittor lightning "
    "pytorch_lightning onnxruntime dezero scratch compare".split()
)
