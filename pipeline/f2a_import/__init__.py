"""Images with annotations that other tools wrote, and other workspaces, brought into a workspace."""
