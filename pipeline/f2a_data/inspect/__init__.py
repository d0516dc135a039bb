"""Looking at a workspace without changing it."""
