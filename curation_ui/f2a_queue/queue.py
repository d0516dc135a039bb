"""The order in which faces are reviewed, learned from the decisions made so far."""

import threading
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from f2a_queue.audit import Audit, Mask, Numbers, estimate, random_order
from f2a_queue.evidence import Evidence, Floats
from f2a_queue.remaining import Estimate

UNDECIDED, KEEP, DROP = 0, 1, 2
EVERY = 10  # of so many faces one is drawn at random, and one is among the uncertain
ORDERED = 4000  # faces from the start that are mixed so; a person sees no more before the next refit
FEWEST = 3  # dropped faces from which a model is fitted
TRUSTED = 10  # dropped faces at which the model puts half as many faces forward as the first suspicion
KEPT = 4000  # kept faces that a model is fitted to, at most
TYPICAL, TYPICAL_WEIGHT = 2000, 0.3  # undecided faces that stand for what faces look like, and their weight
STRENGTH = 0.01  # of the model's fit; scikit-learn's C
FIRST = 10.0  # deviation of the first suspicion among the columns, which have 1: the fit holds it least
ALIKE = 0.5  # cosine of two faces that are alike
DOUBTED = 0.03  # share of all faces, the most doubtful, that are offered as being alike


class Queue:
    """Undecided faces, most likely wrong first, with some uncertain and some random ones among them.

    The same decisions and seed give the same order. Methods may be called from several threads.

    Args:
        evidence: about N faces.
        keys: what identifies each face, also in another run.
        seed: of the random faces.

    Attributes:
        suspicion: float32 (N,), higher for faces that are more likely to be wrong.
    """

    def __init__(self, evidence: Evidence, keys: Iterable[str], seed: int = 0) -> None:
        self.audit = Audit(random_order(keys, seed))
        self._codes = np.zeros(len(self.audit.order), np.int8)
        self._lock = threading.Lock()
        self._learned: Floats | None = None
        self.see(evidence)

    def see(self, evidence: Evidence) -> None:
        """Replace the evidence about the same faces, for example when more of it has been computed."""
        unusual, columns = evidence.unusual(), evidence.columns()
        with self._lock:
            self._first, self._columns = unusual, columns
            self._lengths = np.maximum(
                np.linalg.norm(columns, axis=1), np.float32(1e-6)
            )  # all may be the same
            self._learned = None
            self.suspicion = _ranks(unusual)

    def decide(self, numbers: Sequence[int], code: int) -> None:
        """Faces that were decided with one key press; `UNDECIDED` where that was undone."""
        with self._lock:
            self._codes[list(numbers)] = code
            if code == UNDECIDED:
                self.audit.undo(numbers)
            else:
                self.audit.decide(numbers)

    def refit(self) -> None:
        """Learn from the decisions so far; takes a second for 100,000 faces."""
        with self._lock:
            codes, drawn, columns, first = (
                self._codes.copy(),
                self.audit.drawn.copy(),
                self._columns,
                self._first,
            )
        learned = _learned(columns, first, codes, drawn, self.audit.order)
        with self._lock:
            if columns is self._columns:
                self._learned = learned
                self.suspicion = _blended(first, learned, int(((codes == DROP) & ~drawn).sum()))

    def order(self) -> Numbers:
        """All undecided faces in the order to look at."""
        with self._lock:
            open_, suspicion, learned = self._codes == UNDECIDED, self.suspicion, self._learned
        doubtful = _descending(suspicion, open_)
        drawn = self.audit.order[open_[self.audit.order]]
        uncertain = doubtful if learned is None else _descending(-np.abs(learned), open_)
        head = list(_mixed(doubtful, uncertain, drawn, min(ORDERED, len(doubtful))))
        rest = np.ones(len(open_), bool)
        rest[head] = False
        return np.concatenate([np.array(head, np.intp), doubtful[rest[doubtful]]])

    def alike(self, numbers: Sequence[int], most: int = 24) -> Numbers:
        """Undecided faces that look like some that were dropped, the most alike first."""
        with self._lock:
            columns, lengths, codes, suspicion = (
                self._columns,
                self._lengths,
                self._codes.copy(),
                self.suspicion,
            )
        theirs = columns[list(numbers)] / lengths[list(numbers), None]
        nearest = (columns @ theirs.T).max(1, initial=-1) / lengths
        near = (codes == UNDECIDED) & (nearest >= ALIKE) & (suspicion >= np.quantile(suspicion, 1 - DOUBTED))
        return _descending(nearest, near)[:most]

    def likeness(self, number: int) -> Floats:
        """How much each face looks like one of them: (N,), the cosine, 1 for itself."""
        with self._lock:
            columns, lengths = self._columns, self._lengths
        return np.asarray(columns @ columns[number] / (lengths * lengths[number]), np.float32)

    def estimate(self) -> Estimate:
        """How many of the undecided faces are bad, by the faces drawn at random.

        Only random faces that the queue had not reached yet count; the others say nothing about the
        undecided ones. So that the estimate stays unbiased, no model learns from random faces.
        """
        with self._lock:
            open_ = self._codes == UNDECIDED
            below = self.suspicion <= self.suspicion[open_].max(initial=-np.inf)
            sample = self.audit.drawn & below
            return estimate(int(open_.sum()), int(sample.sum()), int((sample & (self._codes == DROP)).sum()))


def _learned(
    columns: Floats, first: Floats, codes: npt.NDArray[np.int8], drawn: Mask, order: Numbers
) -> Floats | None:
    """The model's logit for each face; None while there are too few decisions.

    The model sees the first suspicion as well, which it corrects instead of learning it again.
    """
    state = codes[order]
    usable = order[~drawn[order] & (state != UNDECIDED)]
    dropped, kept = usable[codes[usable] == DROP], usable[codes[usable] == KEEP][:KEPT]
    typical = order[state == UNDECIDED][-TYPICAL:]
    if len(dropped) < FEWEST or not len(kept) + len(typical):
        return None
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 -- importing it takes a second

    rows = np.concatenate([dropped, kept, typical])
    wrong = np.arange(len(rows)) < len(dropped)
    weight = np.where(np.arange(len(rows)) < len(dropped) + len(kept), 1.0, TYPICAL_WEIGHT)
    weight[wrong] *= weight[~wrong].sum() / max(len(dropped), 1)
    suspected = np.log1p(first)
    suspected = FIRST * (suspected - suspected.mean()) / (suspected.std() + 1e-3)
    model = LogisticRegression(C=STRENGTH, max_iter=200)
    model.fit(np.c_[columns[rows], suspected[rows]], wrong, weight)
    weights = model.coef_[0]
    return np.asarray(columns @ weights[:-1] + suspected * weights[-1] + model.intercept_, np.float32)


def _blended(first: Floats, learned: Floats | None, dropped: int) -> Floats:
    """The larger of both scores, so that learning one kind of wrong face does not push back the others."""
    if learned is None:
        return _ranks(first)
    trust = np.log(dropped / (dropped + TRUSTED))
    return np.asarray(np.maximum(_ranks(first), _ranks(learned) + trust), np.float32)


def _mixed(doubtful: Numbers, uncertain: Numbers, drawn: Numbers, count: int) -> Iterator[int]:
    """So many different faces, taken from the three by turns."""
    sources = [iter(numbers.tolist()) for numbers in (doubtful, uncertain, drawn)]
    seen: set[int] = set()
    for place in range(count):
        turn = {EVERY // 2 - 1: 1, EVERY - 1: 2}.get(place % EVERY, 0)
        number = next(number for number in sources[turn] if number not in seen)
        seen.add(number)
        yield number


def _ranks(values: Floats) -> Floats:
    """From 0 to 1; what is far from the others shall not outweigh all else. The top is spread, as logs."""
    ranks = np.empty(len(values), np.float32)
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values), dtype=np.float32)
    return np.asarray(-np.log1p(len(values) - 1 - ranks), np.float32)


def _descending(values: npt.NDArray[np.floating], among: Mask) -> Numbers:
    numbers = np.flatnonzero(among)
    return numbers[np.argsort(-values[numbers], kind="stable")]
