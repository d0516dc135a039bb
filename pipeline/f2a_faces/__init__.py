"""Detecting and cropping one face: decoding, detectors, crop rules."""
