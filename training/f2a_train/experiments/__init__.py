"""The paper's four experiments and one of the default preset, with equal budgets, and the page of results."""

from f2a_train.experiments.plan import EXPERIMENTS, Plan
from f2a_train.experiments.runner import ExperimentsOutcome, run_experiments
from f2a_train.experiments.text import text

__all__ = ["EXPERIMENTS", "ExperimentsOutcome", "Plan", "run_experiments", "text"]
