"""In which order to look at faces, and when to stop: the review's queue, without a page."""
