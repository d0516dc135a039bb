"""One file for each family of commands; each lists its own in ``COMMANDS``."""
