"""Read-only views of a workspace."""
