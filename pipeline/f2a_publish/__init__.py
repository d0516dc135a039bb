"""Publish a data set without its images, and rebuild it from what was published.

It contains where each image came from, the boxes, the rules, the hashes and the decisions. The
commands are ``f2a-data publish`` and ``f2a-data rebuild``.
"""
