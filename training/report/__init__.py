"""The report of a training run: tables on the terminal, and one page for people with a file for programs."""

from training.report.page import write_report
from training.report.tables import show

__all__ = ["show", "write_report"]
