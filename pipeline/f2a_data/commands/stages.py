"""The command of a stage."""

from typing import Any

import click

from f2a_data.commands.declared import command, with_options
from f2a_data.commands.options import engine_options, report, workspace_option
from f2a_engine import runner
from f2a_engine.engines import Engine
from f2a_engine.stages import STAGES, Stage, UnitStage
from f2a_manifests import Workspace
from f2a_manifests.options import build


def stage_command(stage: type[Stage]) -> click.Command:
    """``f2a-data NAME`` with the stage's options."""

    def run(workspace: Workspace, engine: Engine | None = None, **options: Any) -> int:  # noqa: ANN401
        made = build(stage, options, stage.name, strict=False)
        for name in stage.first:
            runner.run(STAGES.load(name)(), workspace)
        return report(runner.run(made, workspace, engine))

    function = with_options(stage, run)
    if issubclass(stage, UnitStage):
        function = engine_options(function)
    return command(stage.name, stage, workspace_option(function))
