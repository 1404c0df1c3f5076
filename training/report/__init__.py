"""The report of a training: one page for people and one file for programs."""

from training.report.page import write_report

__all__ = ["write_report"]
