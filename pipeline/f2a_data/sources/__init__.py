"""The sources, one per file; registered in the entry-point group ``f2a.sources``."""
