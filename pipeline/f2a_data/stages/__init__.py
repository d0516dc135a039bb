"""The stages, one per file; registered in the entry-point group ``f2a.stages``."""
