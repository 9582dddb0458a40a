# The field of a comparison: every contender for one model (ours, the peer's, another build's, by precision, graph and
# threads), its check and its timing. What is compared is each side's best: thread count and graph are chosen for each shape
# by a short trial.
import random
import sys
import time
from pathlib import Path

import peer_models
import ranks
from contender import Contender, ContenderError

HERE = Path(__file__).resolve().parent
SETTLE_SECONDS = 0.02  # threads of the side that ran before stop spinning meanwhile
CLEARLY_SLOWER = 1.5  # a contender whose first run took so much longer than another's is not tried again
FIRST_RUNS = 2
TRIAL_ROUNDS, TRIAL_US = 3, 20e3
LONG_US = 1e6  # runs that take longer vary little and are tried once


class Field:
    def __init__(self, model, weights, graphs, options):
        self.model = model
        self.sides = {}  # (side, precision) -> contenders
        self.checked = {}  # contender -> microseconds of its run when it was checked
        doors = {"ours": options.door} | ({"base": options.base_door} if options.base_door else {})
        for side, door in doors.items():
            for precision in options.precisions:
                for threads in options.threads:
                    command = [door, model.name, weights, precision, threads]
                    self._add(side, precision, Contender(f"{side} {precision} {threads}t", command, threads=threads))
        for precision, paths in graphs.items():
            for name, path in paths.items():
                for threads in options.threads:
                    command = [sys.executable, "-B", HERE / "ort_door.py", path, "--threads", str(threads)]
                    facts = {"threads": threads, "graph": name}
                    self._add("peer", precision, Contender(f"peer {name} {precision} {threads}t", command, **facts))

    def _add(self, side, precision, contender):
        self.sides.setdefault((side, precision), []).append(contender)

    def close(self):
        for contenders in self.sides.values():
            for contender in contenders:
                contender.close()

    def refusals(self, batch_path, folder):
        """Runs every contender once on a batch and compares with the peer's f32; returns what is wrong, as texts."""
        exact, wrong = None, []
        for (side, precision), contenders in sorted(self.sides.items(), key=lambda item: item[0] != ("peer", "f32")):
            for contender in contenders:
                try:
                    contender.load(batch_path)
                    self.checked[contender] = contender.run(1)[0]
                    results = contender.outputs(folder)
                except ContenderError as error:
                    wrong.append(str(error))
                    continue
                exact = exact or results
                text = peer_models.disagreement(side, precision, results, exact, self.model.results, self.model.paths)
                if text:
                    wrong.append(f"{contender.label}: {text}")
        return wrong

    def best(self, batch_path):
        """(side, precision) -> (the fastest contender on the batch that was checked last, microseconds of one run)."""
        chosen = {}
        for key, contenders in self.sides.items():
            first = []
            for contender in contenders:
                contender.load(batch_path)
                time.sleep(SETTLE_SECONDS)
                known = self.checked[contender]
                first.append((known if known > LONG_US else min(contender.run(FIRST_RUNS)), contender))
            least = min(microseconds for microseconds, _ in first)
            near = [contender for microseconds, contender in first if microseconds <= CLEARLY_SLOWER * least]
            chosen[key] = near_best(near, least) if len(near) > 1 else (near[0], least)
        return chosen


def near_best(contenders, estimate_us):
    """The one of the least median; they take turns, so that a disturbance meets all of them."""
    trials = [[] for _ in contenders]
    for _ in range(TRIAL_ROUNDS if estimate_us < LONG_US else 1):
        for trial, contender in zip(trials, contenders):
            trial.append(timed(contender, estimate_us, TRIAL_US))
    medians = [ranks.median(trial) for trial in trials]
    best = medians.index(min(medians))
    return contenders[best], medians[best]


def timed(contender, estimate_us, round_us):
    """The median of one round: enough runs to fill the round, after one that warms the caches where that is cheap."""
    count = max(1, int(round_us / max(estimate_us, 1.0)))
    time.sleep(SETTLE_SECONDS)
    if estimate_us < round_us:
        contender.run(1)
    return ranks.median(contender.run(count))


def time_shape(chosen, batch_path, rounds, round_us, order):
    """(side, precision) -> a time for each round; in each round all contenders run, in a random order."""
    times = {key: [] for key in chosen}
    for contender, _ in chosen.values():
        contender.load(batch_path)
    for _ in range(rounds):
        keys = list(chosen)
        order.shuffle(keys)
        for key in keys:
            contender, estimate = chosen[key]
            times[key].append(timed(contender, estimate, round_us))
    return times


def time_fresh(chosen, batches, order):
    """(side, precision) -> microseconds a real token for each batch; every batch is new and runs once."""
    times = {key: [] for key in chosen}
    for path, tokens in batches:
        keys = list(chosen)
        order.shuffle(keys)
        for key in keys:
            contender, _ = chosen[key]
            contender.load(path)
            time.sleep(SETTLE_SECONDS)
            times[key].append(contender.run(1)[0] / tokens)
    return times


def random_order(seed):
    return random.Random(seed)
