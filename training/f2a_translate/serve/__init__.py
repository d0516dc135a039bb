"""The page that translates the faces of a photo, served on this machine only."""
