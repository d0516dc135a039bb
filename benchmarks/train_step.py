"""Speed of a training step compared with a plain one: the same mathematics and networks, taking turns.

    python benchmarks/train_step.py
    python benchmarks/train_step.py --generators unet --rounds 2     # a quick look

"plain" is a step as CycleGAN's well-known PyTorch implementation orders it, reimplemented: fp32, a separate
pass for each term (translation, cycle, identity; real faces and fakes apart), ordinary Adam. The others
are `f2a_methods.cyclegan`: in fp32, like it, which shows the gain from reordering the work; then in
what ``--precision auto`` takes on this machine, if that is bf16; then compiled. All have least squares,
identity loss and history of fakes. They take turns, so that other load on the machine affects all of
them; the ratio is the median over the rounds, with the smallest and the largest beside it. On a CPU a second
is one of processor time, all threads together. The share of the peak is that of a large matrix product in the
better precision, measured here in the same rounds. Expect ten minutes on two idle cores.
"""

import argparse
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import chain
from time import perf_counter, process_time

import torch
from torch import Tensor
from torch.nn.functional import l1_loss, mse_loss
from torch.utils.flop_counter import FlopCounterMode

from f2a_methods import from_preset
from f2a_methods.cyclegan.learner import compiles
from f2a_methods.cyclegan.networks import CycleGan
from f2a_methods.cyclegan.pool import Pool
from f2a_methods.cyclegan.settings import GENERATORS, CycleGanConfig
from f2a_train.engine.checkpoint import RunOrigin
from f2a_train.engine.precision import precision_here
from f2a_train.engine.run import Run, resolve_device

SIZE = 64
ORIGIN = RunOrigin(SIZE, "", "", "", "")
Step = Callable[[Tensor, Tensor], object]
Clock = Callable[[], float]


@dataclass
class Contestant:
    """A way to do a step, and how many pairs of faces a second it did in each round."""

    name: str
    precision: str
    step: Step
    rates: list[float] = field(default_factory=list)


class Plain:
    """The step to be compared with."""

    def __init__(self, config: CycleGanConfig, device: torch.device) -> None:
        torch.manual_seed(config.seed)
        self.config, self.number = config, 0
        self.nets = CycleGan(config, SIZE).to(device)
        empty = torch.empty((0, 3, SIZE, SIZE), device=device)
        self.pools = {
            name: Pool(config.pool, (config.seed, n), empty) for n, name in enumerate(("human", "anime"))
        }
        self.generators, self.discriminators = (
            torch.optim.Adam(
                chain(*(network.parameters() for network in networks.values())), 2e-4, betas=(0.5, 0.999)
            )
            for networks in (self.nets.generators, self.nets.discriminators)
        )

    def __call__(self, human: Tensor, anime: Tensor) -> list[float]:
        """Float32, (N, 3, S, S), in [-1, 1]; the losses."""
        fake_anime, fake_human, losses = self._generators(human, anime)
        self._learn_to_judge(learn=True)
        self.discriminators.zero_grad()
        losses.append(self._discriminator("anime", anime, fake_anime))
        losses.append(self._discriminator("human", human, fake_human))
        self.discriminators.step()
        self.number += 1
        return [loss.item() for loss in losses]

    def _generators(self, human: Tensor, anime: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        nets, config = self.nets, self.config
        fake_anime = nets.human2anime(human)
        cycled_human = nets.anime2human(fake_anime)
        fake_human = nets.anime2human(anime)
        cycled_anime = nets.human2anime(fake_human)
        self._learn_to_judge(learn=False)
        self.generators.zero_grad()
        identity = l1_loss(nets.human2anime(anime), anime) + l1_loss(nets.anime2human(human), human)
        scores = [nets.discriminator_anime(fake_anime), nets.discriminator_human(fake_human)]
        fooling = sum(mse_loss(score, torch.ones_like(score)) for score in scores)
        cycle = l1_loss(cycled_human, human) + l1_loss(cycled_anime, anime)
        (fooling + config.cycle_weight * cycle + config.identity_weight * identity).backward()
        self.generators.step()
        return fake_anime, fake_human, [fooling.detach(), cycle.detach(), identity.detach()]

    def _discriminator(self, domain: str, true: Tensor, fake: Tensor) -> Tensor:
        network = self.nets.discriminators[domain]
        of_true = network(true)
        of_fake = network(self.pools[domain].exchange(fake.detach(), self.number))
        loss = mse_loss(of_true, torch.ones_like(of_true)) + mse_loss(of_fake, torch.zeros_like(of_fake))
        loss.backward()
        return loss.detach()

    def _learn_to_judge(self, *, learn: bool) -> None:
        for network in self.nets.discriminators.values():
            network.requires_grad_(learn)


def main() -> None:
    """Measure what the command line asks for, and print one table for each generator."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--generators", nargs="+", choices=GENERATORS, default=list(GENERATORS))
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--width", type=int, default=0, help="of the generators; 0 takes the paper's")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=10.0, help="each one's turn in a round, at least")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--no-compile", action="store_true")
    options = parser.parse_args()
    device = resolve_device(options.device)
    print(
        f"{_machine(device)}, batch {options.batch_size}, {SIZE} pixels, median of {options.rounds} rounds\n"
    )
    for generator in options.generators:
        _measure(generator, device, options)


def _measure(generator: str, device: torch.device, options: argparse.Namespace) -> None:
    choices = {"loss": "lsgan", "identity_weight": 5.0, "pool": 50, "dropout": 0.0}
    sizes = {"generator": generator, "width": options.width, "batch_size": options.batch_size}
    config = from_preset("paper", **choices, **sizes).resolved(1)
    faces = [torch.rand(options.batch_size, 3, SIZE, SIZE, device=device) * 2 - 1 for _ in range(2)]
    plain = Plain(config, device)
    with FlopCounterMode(display=False) as counter:
        plain(*faces)
    best, now = precision_here(device), _clock(device)
    contestants = [Contestant("plain", "fp32", plain)]
    contestants += [
        Contestant("eager", precision, _ours(config, device, precision=precision))
        for precision in dict.fromkeys(("fp32", best))
    ]
    if not options.no_compile and compiles(replace(config, compile=True), device):
        contestants.append(Contestant("compiled", best, _ours(config, device, precision=best, compile=True)))
    for contestant in contestants:
        began = now()
        contestant.step(*faces)
        contestant.step(*faces)
        print(
            f"{generator} {contestant.name} {contestant.precision}: two steps to warm up, "
            f"{now() - began:.0f} s",
            flush=True,
        )
    peaks = []
    for _ in range(options.rounds):
        peaks.append(_peak(device, best))
        for contestant in contestants:
            contestant.rates.append(_rate(contestant.step, faces, options.seconds, now))
    print(f"\n{generator}: a large {best} matrix product does {max(peaks) / 1e12:.2f} TFLOP/s")
    _report(generator, contestants, counter.get_total_flops() / options.batch_size, max(peaks))


def _ours(config: CycleGanConfig, device: torch.device, **more: object) -> Step:
    return Run(replace(config, **more), ORIGIN, device).learn


def _clock(device: torch.device) -> Clock:
    return perf_counter if device.type == "cuda" else process_time


def _rate(step: Step, faces: list[Tensor], seconds: float, now: Clock) -> float:
    """Pairs a second over as many steps as the turn takes; a step ends by reading its losses."""
    began, steps = now(), 0
    while (spent := now() - began) < seconds or not steps:
        step(*faces)
        steps += 1
    return steps * len(faces[0]) / spent


def _peak(device: torch.device, precision: str, side: int = 4096) -> float:
    """Operations a second of a large matrix product."""
    kind = {"bf16": torch.bfloat16, "fp32": torch.float32}[precision]
    a, b = (torch.rand(side, side, device=device).to(kind) for _ in range(2))
    best, now = float("inf"), _clock(device)
    for _ in range(4):
        began = now()
        (a @ b)[0, 0].item()
        best = min(best, now() - began)
    return 2 * side**3 / best


def _report(generator: str, contestants: list[Contestant], operations: float, peak: float) -> None:
    print(f"{generator}: {operations / 1e9:.0f} GFLOP a pair\n")
    print("| step | precision | pairs/s | times plain | share of that |\n| --- | --- | --- | --- | --- |")
    plain = contestants[0].rates
    for contestant in contestants:
        ratios = [rate / base for rate, base in zip(contestant.rates, plain, strict=True)]
        middle, rate = statistics.median(ratios), statistics.median(contestant.rates)
        span = f"{middle:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        share = f"{rate * operations / peak:.0%}"
        print(f"| {contestant.name} | {contestant.precision} | {rate:.2f} | {span} | {share} |")
    print(flush=True)


def _machine(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{torch.cpu.get_capabilities().get('cpu_name', 'CPU')}, {torch.get_num_threads()} threads"


if __name__ == "__main__":
    main()
