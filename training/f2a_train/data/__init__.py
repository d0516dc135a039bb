"""The faces of a manifest, for training and evaluation."""
