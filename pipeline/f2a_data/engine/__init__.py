"""Running stages and sources over a workspace: workers, journals, what is done, and the lock."""
