"""Commands of ``f2a-train`` that have a file of their own."""
