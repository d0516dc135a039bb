"""The faces of a manifest, as training and judging use them."""
