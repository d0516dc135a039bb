"""Make a set of any size in CelebA's layout from the images of a smaller one.

    python benchmarks/celeba_set.py CelebA large --count 202599

Images are repeated under other numbers. Each gets its own comment, so that no two files are the same, and its
own landmarks, so that no two crops are. `pipeline.py` measures on such a set.
"""

import argparse
import random
import sys
import zipfile
from pathlib import Path

MEAN = (69, 111, 107, 111, 88, 136, 73, 152, 104, 152)
"""CelebA's mean landmarks, pixels of 178x218."""
JITTER = 3  # pixels
SAME_PERSON = 20  # images


def write_set(root: Path, out: Path, count: int) -> None:
    """Write Img/, Anno/ and Eval/ to a folder.

    Args:
        root: a folder with Img/img_align_celeba.zip.
        out: the new folder.
        count: images.
    """
    source = root / "Img" / "img_align_celeba.zip"
    if not source.is_file():
        sys.exit(f"{source} is missing: CelebA's aligned images are needed, and a few are enough")
    for name in ("Img", "Anno", "Eval"):
        (out / name).mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(source) as archive:
        names = [name for name in archive.namelist() if name.endswith(".jpg")]
        images = [archive.read(name) for name in names]
    numbers = range(1, count + 1)
    with zipfile.ZipFile(out / "Img" / source.name, "w") as archive:
        for number in numbers:
            image = with_comment(images[number % len(images)], f"{number}")
            archive.writestr(f"img_align_celeba/{number:06}.jpg", image)
    _list(out / "Anno" / "identity_CelebA.txt", {number: f"{number // SAME_PERSON}" for number in numbers})
    _list(out / "Eval" / "list_eval_partition.txt", dict.fromkeys(numbers, "0"))
    rng = random.Random(0)
    places = {number: " ".join(str(at + rng.randint(-JITTER, JITTER)) for at in MEAN) for number in numbers}
    _list(out / "Anno" / "list_landmarks_align_celeba.txt", places)


def with_comment(jpeg: bytes, text: str) -> bytes:
    """The same picture with a comment segment."""
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2) + text.encode() + jpeg[2:]


def _list(path: Path, values: dict[int, str]) -> None:
    path.write_text("".join(f"{number:06}.jpg {value}\n" for number, value in values.items()))


def main() -> None:
    """Write one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=202_599)
    options = parser.parse_args()
    write_set(options.root, options.out, options.count)


if __name__ == "__main__":
    main()
