"""Detecting and cropping one face: decoding, detectors, crop rules. Shared by pipeline, page and trainer."""
