"""Import images with annotations of other tools, and merge workspaces."""
