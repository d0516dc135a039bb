"""Generators as files: ONNX, their cards, and the shipped ones."""
