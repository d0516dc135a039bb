"""Danbooru through gallery-dl; used by `f2a_data.sources.scrape`."""
