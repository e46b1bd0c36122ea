"""Bring your own implementation: judged in whatever convention it is written, and explained."""

from compare.submission.binding import MappingError
from compare.submission.check import Checked, check, check_file

__all__ = ["Checked", "MappingError", "check", "check_file"]
