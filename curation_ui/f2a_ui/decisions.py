"""The log of decisions, where scripts that drive the review expect it; see `f2a_manifests.decisions`."""

from f2a_manifests.decisions import Decisions

__all__ = ["Decisions"]
