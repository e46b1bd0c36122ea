"""Bring your own implementation: judged in whatever convention it is written, and explained."""

from typing import TYPE_CHECKING, Any

from compare.check.naming.bind import MappingError

if TYPE_CHECKING:
    from compare.check.check import CheckResult, check_file

__all__ = ["CheckResult", "MappingError", "check_file"]


def __getattr__(name: str) -> Any:
    """What needs the table of concepts, which is made when it is first asked for."""
    if name in ("CheckResult", "check_file"):
        from compare.check.check import CheckResult, check_file

        return CheckResult if name == "CheckResult" else check_file
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
