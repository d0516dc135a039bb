"""Collecting, cutting and cleaning faces: the `f2a-data` command."""
