"""The commands of ``f2a-train``, one per file. Each imports what it runs when it runs: torch is slow."""
