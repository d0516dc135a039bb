"""What Hugging Face's `datasets` reads in the README of a data set."""

from collections.abc import Iterator, Sequence

from f2a_manifests import Subset

NAMES = {Subset.TRAIN: "train", Subset.VAL: "validation", Subset.TEST: "test"}


def configs(splits: Sequence[Subset], pattern: str, more: str = "") -> Iterator[str]:
    """The lines of ``configs:``, so that no split is guessed from the names of files.

    Args:
        splits: those that have files.
        pattern: of a split's files, with ``{split}``.
        more: further lines.
    """
    yield f"configs:\n- config_name: default\n{more}  data_files:\n"
    for split in splits:
        yield f"  - split: {NAMES[split]}\n    path: {pattern.format(split=split)}\n"
