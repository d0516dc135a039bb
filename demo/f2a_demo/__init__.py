"""`make demo`: the whole chain on illustrations that the project draws itself."""
