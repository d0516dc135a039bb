"""The commands of ``f2a-train``, one per file. Each imports its modules when it runs: torch is slow."""
