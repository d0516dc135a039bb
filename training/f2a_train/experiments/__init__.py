"""The paper's four experiments with equal budgets, and the page with their results."""

from f2a_train.experiments.conduct import ExperimentsOutcome, carry_out
from f2a_train.experiments.plan import EXPERIMENTS, Plan
from f2a_train.experiments.text import text

__all__ = ["EXPERIMENTS", "ExperimentsOutcome", "Plan", "carry_out", "text"]
