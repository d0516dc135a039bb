"""Collects, crops and cleans faces: the `f2a-data` command."""
