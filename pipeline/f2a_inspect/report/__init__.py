"""The report: one self-contained HTML file that shows what became of every image, and what was trained."""

from f2a_inspect.report.page import write_report

__all__ = ["write_report"]
