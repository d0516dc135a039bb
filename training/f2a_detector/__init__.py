"""Training of the project's own face detector: scenes with known boxes, a small network, its export."""
