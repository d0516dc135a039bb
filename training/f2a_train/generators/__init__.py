"""Generators as files: ONNX, the card that each carries, and those that ship with the package."""
