"""Commands of ``f2a-train`` in files of their own."""
