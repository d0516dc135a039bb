"""Where images come from, a file each; registered in the entry-point group ``f2a.sources``."""
