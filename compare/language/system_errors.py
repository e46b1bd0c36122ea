"""Why the system refused a file: what people meet of its reasons, in their language."""

from __future__ import annotations

import errno

from compare.language.message import message

_REASONS = {
    errno.ENOENT: message("No such file or directory"),
    errno.EACCES: message("Permission denied"),
    errno.EEXIST: message("File exists"),
    errno.ENOTDIR: message("Not a directory"),
    errno.EISDIR: message("Is a directory"),
    errno.ENOSPC: message("No space left on device"),
    errno.ELOOP: message("Too many levels of symbolic links"),
    errno.EROFS: message("Read-only file system"),
    errno.ENAMETOOLONG: message("File name too long"),
}


def reason(error: OSError) -> str:
    """Why, as a message where there is one for it, else as the system says it."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))
