"""One file per group of commands; each lists its own in ``COMMANDS``."""
