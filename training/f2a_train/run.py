"""A run: the networks and their optimisers, one step of learning, saving and resuming."""

import logging
from dataclasses import asdict

import torch
from torch import Tensor

from f2a_faces.images import Pixels
from f2a_manifests import ExitCode, FatalError
from f2a_train import checkpoint as saved
from f2a_train.config import Config
from f2a_train.data import to_bytes, to_floats
from f2a_train.folder import RunFolder
from f2a_train.grid import sheet, to_images
from f2a_train.losses import adversarial_loss, cycle_loss, discriminator_loss, total_loss
from f2a_train.networks import CycleGan, Fakes

log = logging.getLogger(__name__)
LOSSES = (
    "adversarial_anime",
    "adversarial_human",
    "cycle_human",
    "cycle_anime",
    "identity",
    "generators",
    "discriminator_anime",
    "discriminator_human",
)


class Run:
    """The networks, their optimisers, and the number of steps done."""

    def __init__(self, config: Config, origin: saved.Origin, device: torch.device) -> None:
        torch.manual_seed(config.seed)
        try:
            self.networks = CycleGan(config.generator, origin.size, config.width, config.dropout).to(device)
        except ValueError as error:
            raise FatalError(str(error)) from None
        self.config, self.origin, self.device, self.step = config, origin, device, 0
        self.generators = self._adam("human2anime", "anime2human")
        self.discriminators = self._adam("discriminator_human", "discriminator_anime")

    def resume(self, folder: RunFolder) -> None:
        """Take up the folder's checkpoint if there is one.

        Raises:
            FatalError: it is of other choices or data, or broken.
        """
        if not folder.checkpoint.exists():
            return
        old = saved.load(folder.checkpoint)
        _check_same(folder, old, self.config, self.origin)
        saved.restore(folder.checkpoint, old, self.networks, [self.generators, self.discriminators])
        self.step = old.step
        log.info("going on after step %d of %d", self.step, self.config.steps)

    def learn(self, human: Tensor, anime: Tensor) -> dict[str, float]:
        """One step: the generators first, then the discriminators on the same fakes.

        Args:
            human: float32 in [-1, 1], (N, 3, S, S).
            anime: likewise.

        Returns:
            The losses of `LOSSES`, averaged over the batch, as they were before the update.
        """
        for optimiser in (self.generators, self.discriminators):
            optimiser.param_groups[0]["lr"] = self.config.rate(self.step)
        fakes, losses = self._train_generators(human, anime)
        losses |= self._train_discriminators(human, anime, fakes)
        self.step += 1
        return dict(zip(losses, torch.stack(list(losses.values())).tolist(), strict=True))

    def _train_generators(self, human: Tensor, anime: Tensor) -> tuple[Fakes, dict[str, Tensor]]:
        nets, config = self.networks, self.config
        self._discriminators_learn(learn=False)  # the generators' gradient passes through them, no further
        fakes = nets(human, anime)
        losses = {
            "adversarial_anime": adversarial_loss(nets.discriminator_anime(fakes.anime)),
            "adversarial_human": adversarial_loss(nets.discriminator_human(fakes.human)),
            "cycle_human": cycle_loss(human, fakes.cycled_human),
            "cycle_anime": cycle_loss(anime, fakes.cycled_anime),
            "identity": self._identity(human, anime),
        }
        total = total_loss(
            losses["adversarial_anime"] + losses["adversarial_human"],
            losses["cycle_human"] + losses["cycle_anime"],
            config.cycle_weight,
        )
        losses["generators"] = total + config.identity_weight * losses["identity"]
        _descend(self.generators, losses["generators"])
        return fakes, {name: loss.detach() for name, loss in losses.items()}

    def _train_discriminators(self, human: Tensor, anime: Tensor, fakes: Fakes) -> dict[str, Tensor]:
        nets = self.networks
        self._discriminators_learn(learn=True)
        losses = {
            "discriminator_anime": discriminator_loss(
                nets.discriminator_anime(anime), nets.discriminator_anime(fakes.anime.detach())
            ),
            "discriminator_human": discriminator_loss(
                nets.discriminator_human(human), nets.discriminator_human(fakes.human.detach())
            ),
        }
        _descend(self.discriminators, losses["discriminator_anime"] + losses["discriminator_human"])
        return {name: loss.detach() for name, loss in losses.items()}

    def _identity(self, human: Tensor, anime: Tensor) -> Tensor:
        if not self.config.identity_weight:  # two more passes through the generators: only if asked for
            return torch.zeros((), device=human.device)
        same_anime, same_human = self.networks.human2anime(anime), self.networks.anime2human(human)
        return cycle_loss(anime, same_anime) + cycle_loss(human, same_human)

    def save(self, folder: RunFolder) -> None:
        """Replace the folder's checkpoint.

        Raises:
            FatalError: a weight is no number (the last good checkpoint stays), or the disk is full.
        """
        if not all(weight.isfinite().all() for weight in self.networks.parameters()):
            raise diverged(self.step, "a weight", folder)
        state = saved.Checkpoint(
            self.config,
            self.origin,
            self.step,
            self.networks.state_dict(),
            [self.generators.state_dict(), self.discriminators.state_dict()],
            saved.get_rng(),
        )
        saved.save(folder.checkpoint, state)

    def draw(self, humans: Tensor, animes: Tensor) -> Pixels:
        """Translate the probe faces both ways, without dropout, and lay them out: sources above results."""
        self.networks.eval()
        with torch.no_grad():
            to_anime = translate_faces(self.networks.human2anime, humans, self.device)
            to_human = translate_faces(self.networks.anime2human, animes, self.device)
        self.networks.train()
        return sheet([(to_images(humans), to_images(to_anime)), (to_images(animes), to_images(to_human))])

    def _adam(self, *names: str) -> torch.optim.Adam:
        weights = [weight for name in names for weight in self.networks.get_submodule(name).parameters()]
        return torch.optim.Adam(weights, self.config.learning_rate, betas=(self.config.beta1, 0.999))

    def _discriminators_learn(self, *, learn: bool) -> None:
        self.networks.discriminator_human.requires_grad_(learn)
        self.networks.discriminator_anime.requires_grad_(learn)


def translate_faces(generator: torch.nn.Module, faces: Tensor, device: torch.device) -> Tensor:
    """Faces in, faces out: uint8, (N, 3, S, S), on the CPU."""
    return to_bytes(generator(to_floats(faces.to(device)))).cpu()


def resolve_device(name: str) -> torch.device:
    """``auto`` takes CUDA where there is one.

    Raises:
        FatalError: CUDA was asked for and is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise FatalError("there is no usable CUDA device here; use --device cpu", ExitCode.USAGE)
    return torch.device(name)


def _descend(optimiser: torch.optim.Adam, loss: Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()


def diverged(step: int, what: str, folder: RunFolder) -> FatalError:
    """The error of a run whose loss or weight is no finite number any more."""
    kept = f"; {folder.checkpoint} is the last good state" if folder.checkpoint.exists() else ""
    return FatalError(
        f"{what} was no finite number at step {step}: training diverged{kept}; "
        "begin a new run with a lower --learning-rate or another --seed"
    )


def _check_same(folder: RunFolder, old: saved.Checkpoint, config: Config, origin: saved.Origin) -> None:
    """Refuse to go on with other choices or data; more steps are welcome where no schedule hangs on them."""
    before = asdict(old.config) | asdict(old.origin)
    now = asdict(config) | asdict(origin)
    if not config.decay_from:
        before["steps"] = now["steps"]
    changed = [_difference(name, before[name], now[name]) for name in now if before[name] != now[name]]
    if changed:
        message = f"{folder.root} was begun with other choices or data: {'; '.join(changed)}"
        raise FatalError(f"{message}. Give the same again, or a new --out", ExitCode.USAGE)


def _difference(name: str, before: object, now: object) -> str:
    if name.endswith("_sha256"):
        return f"the {name.removesuffix('_sha256')} manifest has changed"
    return f"{name} was {before!r}, is {now!r}"
