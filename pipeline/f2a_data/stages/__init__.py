"""The stages after the sources, a file each; registered in the entry-point group ``f2a.stages``."""
