"""ONNX generators, their cards, and the shipped ones."""
