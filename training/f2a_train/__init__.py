"""The human-to-anime trainer: the `f2a-train` command."""
