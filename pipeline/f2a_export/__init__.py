"""Faces and source images of a workspace in the forms that other tools read; the command ``f2a-data export``.

One file per format in ``formats/``, registered under the entry-point group ``f2a.exports``.
"""
