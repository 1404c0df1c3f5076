"""The report of a training.

One page for people and one file for programs.
"""

from training.report.page import write_report

__all__ = ["write_report"]
