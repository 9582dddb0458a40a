# The cells of the zoo's table: in which order they are measured, how many rounds fit the time that is left, the file that holds what was
# measured, and the table that is made of it. Times nothing by itself.
import json

import ranks

BATCHES, TOKENS = (1, 8, 32), (16, 64, 128, 512)
MOST_ROUNDS = 7
SMALL, MIDDLE = 512, 4096  # tokens of a cell; each pass opens a model's programs once
SECONDS_A_TOKEN = 2e-3  # of one round of all contenders, until a model's own is known
LEAST_CELL = 1.0  # seconds: loading a batch, trials
START = 6.0  # seconds: opening a model's programs and graphs
LONG_ROUND = 10.0  # seconds
CHECK_ROUNDS = 1.3  # every graph and thread count runs once, not only the best
# What the zoo is held to: (f32, bf16, int8) over the peer's f32; recurrent models have the second line.
GOALS = {False: {"f32": 1.2, "bf16": 2.2, "int8": 3.5}, True: {"f32": 1.3, "bf16": 2.5, "int8": 4.0}}
RECURRENT = ("elmo", "ulmfit", "bilstm", "bigru-crf")


def passes(models):
    """Lists of (model, batch, tokens), smallest cells first; inside a pass, a model's cells stand together."""
    shapes = sorted(((batch, tokens) for batch in BATCHES for tokens in TOKENS), key=lambda shape: (shape[0] * shape[1], shape))
    bounds = ((0, SMALL), (SMALL, MIDDLE), (MIDDLE, BATCHES[-1] * TOKENS[-1]))
    return [
        [(model, *shape) for model in models for shape in shapes if least < shape[0] * shape[1] <= most] for least, most in bounds
    ]


class Costs:
    """What one round of a cell takes, from the largest cell of the model that was measured."""

    def __init__(self, round_seconds):
        self.round_seconds = round_seconds  # what short runs are repeated for, in each round
        self.known = {}  # model -> (tokens, seconds a round)

    def learn(self, model, tokens, seconds):
        if tokens >= self.known.get(model, (0, 0.0))[0]:
            self.known[model] = (tokens, seconds)

    def of_round(self, model, tokens):
        most, seconds = self.known.get(model, (1, SECONDS_A_TOKEN))
        return max(seconds / most * tokens, self.round_seconds)

    def of_cell(self, model, tokens, rounds):
        return LEAST_CELL + (CHECK_ROUNDS + rounds) * self.of_round(model, tokens)

    def fewest(self, model, tokens):
        """Rounds that a cell needs at least: none where runs take so long that the one that is checked is a time already."""
        return int(self.of_round(model, tokens) < LONG_ROUND)

    def least(self, model, tokens):
        return self.of_cell(model, tokens, self.fewest(model, tokens))


def rounds_that_fit(costs, cell, later, seconds_left):
    """As many rounds, at most 7, as leave the fewest for each later cell; None when the cell does not fit. Small cells keep nothing for
    others: what those take is known from them."""
    model, tokens = cell
    kept = 0 if tokens <= SMALL else sum(costs.least(*other) for other in later) + START * len({name for name, _ in later})
    for rounds in range(MOST_ROUNDS, costs.fewest(model, tokens), -1):
        if costs.of_cell(model, tokens, rounds) + kept <= seconds_left:
            return rounds
    return costs.fewest(model, tokens) if costs.least(model, tokens) <= seconds_left else None


class Store:
    """One JSON line a cell, flushed as it is measured: a run that was killed goes on behind its last whole line."""

    def __init__(self, path, build):
        self.path = path
        self.cells = {}  # (model, batch, tokens) -> rows
        whole = 0
        for line in path.read_bytes().splitlines(keepends=True) if path.exists() else []:
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            cell = json.loads(line)
            if cell["build"] != build:
                raise ValueError(f"{path}: expected cells of this build ({build}), found one of {cell['build']}; name another file")
            self.cells[cell["model"], cell["batch"], cell["tokens"]] = cell["rows"]
        if path.exists():
            with path.open("r+b") as file:
                file.truncate(whole)
        self.build = build

    def add(self, cell, rows):
        self.cells[cell] = rows
        model, batch, tokens = cell
        with self.path.open("a") as file:
            file.write(json.dumps({"build": self.build, "model": model, "batch": batch, "tokens": tokens, "rows": rows}) + "\n")


def _verdict(ratios, goal):
    missed = [] if ranks.geometric_mean(ratios) >= goal else [f"geomean under {goal}"]
    slow = sum(ratio < 1.0 for ratio in ratios)
    return ", ".join(missed + ([f"{slow} under 1"] if slow else [])) or "holds"


def table(cells, models, precisions):
    """Markdown: geomean and worst cell of each model and precision, then all ratios."""
    lines = ["| model | precision | cells | geomean | goal | worst | at | fewest runs | |", "|---|---|---|---|---|---|---|---|---|"]
    shapes = sorted({(batch, tokens) for _, batch, tokens in cells})
    every = ["| model | precision | " + " | ".join(f"{batch}x{tokens}" for batch, tokens in shapes) + " |"]
    every.append("|---" * (len(shapes) + 2) + "|")
    for model in models:
        for precision in precisions:
            found = {}
            for (name, batch, tokens), rows in cells.items():
                found |= {(batch, tokens): row for row in rows if name == model and row["ours"] == precision}
            if not found:
                continue
            ratios = {shape: row["ratio"] for shape, row in found.items()}
            worst = min(ratios, key=ratios.get)
            goal = GOALS[model.partition("/")[0] in RECURRENT][precision]
            texts = (
                model, precision, len(found), f"{ranks.geometric_mean(list(ratios.values())):.3f}", goal, f"{ratios[worst]:.3f}",
                f"{worst[0]}x{worst[1]}", min(row["rounds"] for row in found.values()), _verdict(list(ratios.values()), goal),
            )  # fmt: skip
            lines.append("| " + " | ".join(str(text) for text in texts) + " |")
            each = (f"{ratios[shape]:.2f}" if shape in ratios else "" for shape in shapes)
            every.append(f"| {model} | {precision} | " + " | ".join(each) + " |")
    return "\n".join([*lines, "", *every])
