"""Shared by all pages: listener, guard and static files for served ones; layout and charts for reports."""
