"""Using a generator: on photos and folders, and exporting it."""
