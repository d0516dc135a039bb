"""Training methods: each a package of its own."""
