"""Export faces and source images in the formats of other tools; the command ``f2a-data export``.

One file per format in ``formats/``, registered under the entry-point group ``f2a.exports``.
"""
