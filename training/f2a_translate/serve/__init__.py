"""The page that translates the faces of a photo you drop on it, served on this machine alone."""
