"""The result of a stage, in one line."""

from collections import Counter
from dataclasses import dataclass

from f2a_engine import state
from f2a_engine.manifests import total
from f2a_manifests import ExitCode, Status, Workspace
from f2a_manifests import parquet as files
from f2a_manifests.shards import Snapshot


@dataclass(frozen=True, slots=True)
class Summary:
    """The result of one stage.

    Attributes:
        stage: its name.
        images: image rows by status.
        faces: face rows by status.
        errors: images on which this stage failed, or on some of their faces.
    """

    stage: str
    images: Counter[Status]
    faces: Counter[Status]
    errors: int

    @property
    def code(self) -> ExitCode:
        """`ExitCode.ROW_ERRORS` where there were errors."""
        return ExitCode.ROW_ERRORS if self.errors else ExitCode.OK

    def __str__(self) -> str:
        """The last line a command prints."""
        images, faces = (
            f"{rows[Status.KEEP]} kept, {rows[Status.DROP]} dropped, {rows[Status.ERROR]} in error"
            for rows in (self.images, self.faces)
        )
        return f"{self.stage}: images: {images}; faces: {faces}; {self.errors} errors"


def summarise(stage: str, workspace: Workspace, shards: Snapshot) -> Summary:
    """Count the rows after a stage."""
    counts = total(workspace, shards, stage)
    layers = (shards.valid(shard, stage) for shard in shards.chains)
    errors = sum(files.facts(workspace.shards, layer).errors for layer in layers if layer)
    return Summary(stage, counts.by_status("images"), counts.by_status("faces"), errors)


def summarise_source(name: str, workspace: Workspace) -> Summary:
    """Count the rows after a source."""
    counts = total(workspace, state.snapshot(workspace))
    errors = sum(
        number for kind, number in counts.kinds("images") if (kind.status, kind.stage) == (Status.ERROR, name)
    )
    return Summary(name, counts.by_status("images"), counts.by_status("faces"), errors)
