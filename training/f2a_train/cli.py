"""The ``f2a-train`` command; see `commands`."""

import logging

import click

from f2a_manifests.command_line import CONTEXT, ProgramGroup
from f2a_manifests.version import __version__
from f2a_train.commands.detector import detector
from f2a_train.commands.evaluate import evaluate
from f2a_train.commands.experiments import experiments
from f2a_train.commands.export import export
from f2a_train.commands.serve import serve
from f2a_train.commands.train import train
from f2a_train.commands.translate import translate


@click.group("f2a-train", cls=ProgramGroup, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="f2a-train")
def main() -> None:
    """Train a human-to-anime face generator, and translate photos with it."""
    logging.basicConfig(format="f2a-train: %(message)s", level=logging.INFO)


for command in (train, translate, export, serve, evaluate, experiments, detector):
    main.add_command(command)
