"""Finding and cutting one face: decoding, detectors, crop rules. Shared by pipeline, page and trainer."""
