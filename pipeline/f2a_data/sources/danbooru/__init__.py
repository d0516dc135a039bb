"""Talking to Danbooru through gallery-dl; `f2a_data.sources.scrape` puts the pieces together."""
