"""Training itself, the same for every method: loop, state, checkpoints, precision, logs, watchdog."""
