"""Which system calls the process may make, kept by the Linux kernel (seccomp, classic BPF).

What starts a process or a program, reaches another process, the network, the kernel's own
interfaces, or files without Landlock's check fails with EPERM; a call that is newer than this table
with ENOSYS.
https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform

from compare.sandbox.worker.lines import refusal

# name: its number on x86_64 and on aarch64 (linux/arch/*/syscalls, asm-generic/unistd.h)
DENIED = {
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "setrlimit": (160, 164),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "syslog": (103, 116),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "personality": (135, 92),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "fanotify_init": (300, 262),
    # Landlock keeps files from being opened, not their modes, owners and times from being changed.
    "chmod": (90, None),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
}
CLONE, CLONE3 = (56, 220), (435, 435)
KILL, TGKILL = (62, 129), (234, 131)
PRLIMIT = (302, 261)
NEWEST = 462  # mseal; what came later is not known here
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
THREAD = 0x00010000  # CLONE_THREAD

LOAD, EQUAL, GREATER, ANY_BIT, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
NUMBER, ARCH, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
ALLOW, DIE = 0x7FFF0000, 0x80000000
REFUSE, UNKNOWN = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
SET_NO_NEW_PRIVS, SET_SECCOMP, FILTER = 38, 22, 2

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


class _Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("true", ctypes.c_uint8),
        ("false", ctypes.c_uint8),
        ("constant", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("first", ctypes.POINTER(_Instruction))]


def is_known() -> bool:
    """Whether there is a table for this machine, and the interpreter is of 64 bits."""
    return platform.machine() in ARCHITECTURES and ctypes.sizeof(ctypes.c_void_p) == 8


def program(machine: str, pid: int) -> list[Instruction]:
    """The filter of a process of that number."""
    column, architecture = ARCHITECTURES[machine]
    code: list[Instruction] = [
        (LOAD, 0, 0, ARCH),
        # first of all: to another architecture the same numbers are other calls
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, DIE),
        (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":  # the numbers of x32, another way to make every call
        code += [(GREATER, 0, 1, 0x3FFFFFFF), (RETURN, 0, 0, DIE)]
    code += [(GREATER, 0, 1, max(NEWEST, *_numbers(column))), (RETURN, 0, 0, UNKNOWN)]
    code += [(EQUAL, 0, 1, CLONE3[column]), (RETURN, 0, 0, UNKNOWN)]  # libc then tries clone
    code += _if_called(CLONE[column], [(LOAD, 0, 0, ARGUMENTS), (ANY_BIT, 0, 1, THREAD)])
    for call in (KILL, TGKILL):
        code += _if_called(call[column], [(LOAD, 0, 0, ARGUMENTS), (EQUAL, 0, 1, pid)])
    new_limit = ARGUMENTS + 8 * 2
    code += _if_called(
        PRLIMIT[column],
        [
            (LOAD, 0, 0, new_limit),
            (EQUAL, 0, 3, 0),
            (LOAD, 0, 0, new_limit + 4),
            (EQUAL, 0, 1, 0),
        ],
    )
    for number in _numbers(column):
        code += [(EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE)]
    return [*code, (RETURN, 0, 0, ALLOW)]


def _numbers(column: int) -> list[int]:
    return [n for numbers in DENIED.values() if (n := numbers[column]) is not None]


def _if_called(number: int, test: list[Instruction]) -> list[Instruction]:
    """Of this call: allowed where the test falls through, else refused."""
    branch = [*test, (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    return [(EQUAL, 0, len(branch), number), *branch]


def confine() -> None:
    """From now on these calls fail in this process, for good.   Raises OSError."""
    code = program(platform.machine(), os.getpid())
    array = (_Instruction * len(code))(*(_Instruction(*each) for each in code))
    libc = ctypes.CDLL(None, use_errno=True)
    for args in (
        (SET_NO_NEW_PRIVS, ctypes.c_ulong(1), *(ctypes.c_ulong(0),) * 3),
        (SET_SECCOMP, ctypes.c_ulong(FILTER), ctypes.byref(_Program(len(code), array))),
    ):
        if libc.prctl(*args) != 0:
            number = ctypes.get_errno()
            why = os.strerror(number)
            raise refusal(OSError, "the kernel refused the filter: {error}", number, error=why)
