#!/usr/bin/env python3
# Holds the zoo's models against Transformers: a model of the library with random weights is saved as a folder, `clew run` loads the
# folder, and every layer, the pooled row and the answers of the heads are compared, in float64 on the library's side, for single rows
# and ragged batches. Prints one row a model; exit 1 if a difference is too large, 77 (skipped) without PyTorch and Transformers.
#
#   tests/golden/transformers_parity.py --clew build/release/bin/clew [--only WORD ...] [--precisions f32 bf16 int8]
import argparse
import dataclasses
import sys
import tempfile
from pathlib import Path

try:
    import numpy
    import torch
    import transformers
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed")
    sys.exit(77)

import cases
import door

LENGTHS = (1, 2, 7, 16, 128, 512)
RAGGED = (7, 1, 16, 33, 2, 64, 5, 20)
COSINE = {"bf16": 0.999, "int8": 0.99}


@dataclasses.dataclass(frozen=True)
class Model:
    """One row of the table: a model of the zoo, the library's configuration of it, and the library's classes by our kind of task."""

    name: str
    config: dict
    library: str
    tasks: tuple = ("", "classify", "tag", "span")
    segments: bool = True

    @property
    def tolerance(self):
        return 2e-4 if self.config.get("num_hidden_layers", self.config.get("n_layer", 0)) >= 24 else 1e-4


def _sizes(layers, hidden, heads, ffn, **more):
    return {"num_hidden_layers": layers, "hidden_size": hidden, "num_attention_heads": heads, "intermediate_size": ffn} | more


_ROBERTA = {"vocab_size": 50265, "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5}
_ALBERT = {"embedding_size": 128, "hidden_act": "gelu_new"}

_ERNIE = {"type_vocab_size": 2, "use_task_id": False}
_ERNIE_3 = {"vocab_size": 40000, "max_position_embeddings": 2048, "type_vocab_size": 4, "task_type_vocab_size": 16, "use_task_id": True}

_XLNET = {"d_model": 768, "n_layer": 12, "n_head": 12, "d_inner": 3072}

MODELS = (
    Model("bert/minirbt-h256", _sizes(6, 256, 8, 1024, vocab_size=21128), "Bert", ("", "classify", "tag", "span", "masked-lm")),
    Model("roberta/distilroberta-base", _sizes(6, 768, 12, 3072, **_ROBERTA), "Roberta", segments=False),
    Model("roberta/base", _sizes(12, 768, 12, 3072, **_ROBERTA), "Roberta", ("", "classify"), segments=False),
    Model("roberta/large", _sizes(24, 1024, 16, 4096, **_ROBERTA), "Roberta", ("",), segments=False),
    Model("bert/base", _sizes(12, 768, 12, 3072, vocab_size=21128), "Bert", ("", "classify")),
    Model("bert/large", _sizes(24, 1024, 16, 4096, vocab_size=21128), "Bert", ("",)),
    Model("distilbert/base-uncased", {"dim": 768, "n_layers": 6, "n_heads": 12, "hidden_dim": 3072}, "DistilBert", segments=False),
    Model("electra/base", _sizes(12, 768, 12, 3072, embedding_size=768), "Electra", ("", "classify")),
    Model("electra/large", _sizes(24, 1024, 16, 4096, embedding_size=1024), "Electra", ("",)),
    Model("electra-small/small", _sizes(12, 256, 4, 1024, embedding_size=128), "Electra"),
    Model("electra-small/chinese-small-ex", _sizes(24, 256, 4, 1024, embedding_size=128, vocab_size=21128), "Electra", ("",)),
    Model("albert/base", _sizes(12, 768, 12, 3072, **_ALBERT), "Albert"),
    Model("albert/large", _sizes(24, 1024, 16, 4096, **_ALBERT), "Albert", ("",)),
    Model("albert/chinese-tiny", _sizes(4, 312, 12, 1248, vocab_size=21128, embedding_size=128, hidden_act="gelu"), "Albert"),
    Model("albert/xlarge", _sizes(24, 2048, 16, 8192, **_ALBERT), "Albert", ("",)),
    Model("albert/xxlarge", _sizes(12, 4096, 64, 16384, **_ALBERT), "Albert", ("",)),
    Model("gpt2/distilgpt2", {"n_layer": 6}, "GPT2", ("",), segments=False),
    Model("gpt2/small", {}, "GPT2", ("",), segments=False),
    Model("gpt2/medium", {"n_layer": 24, "n_embd": 1024, "n_head": 16}, "GPT2", ("",), segments=False),
    Model("gpt2/large", {"n_layer": 36, "n_embd": 1280, "n_head": 20}, "GPT2", ("",), segments=False),
    Model("gpt/base", {}, "OpenAIGPT", ("",), segments=False),
    Model("ernie/1.0-base-zh", _sizes(12, 768, 12, 3072, **_ERNIE, vocab_size=18000, max_position_embeddings=513, hidden_act="relu"),
          "Ernie", ("", "classify")),
    Model("ernie/2.0-large-zh", _sizes(24, 1024, 16, 4096, **_ERNIE | {"type_vocab_size": 4}, vocab_size=12800, hidden_act="relu"),
          "Ernie", ("",)),
    Model("ernie-3/xbase-zh", _sizes(20, 1024, 16, 4096, **_ERNIE_3), "Ernie", ("",)),
    Model("ernie-3/nano-zh", _sizes(4, 312, 12, 1248, **_ERNIE_3), "Ernie"),
    Model("ernie-3/mini-zh", _sizes(6, 384, 12, 1536, **_ERNIE_3), "Ernie", ("", "classify")),
    Model("nezha/base", _sizes(12, 768, 12, 3072, vocab_size=21128), "Nezha"),  # in Transformers up to 4.41
    Model("nezha/large", _sizes(24, 1024, 16, 4096, vocab_size=21128), "Nezha", ("",)),
    Model("xlnet/base", _XLNET, "XLNet", ("", "classify", "tag")),
    Model("xlnet/mid", _XLNET | {"n_layer": 24}, "XLNet", ("",)),
    Model("xlnet/large", {"d_model": 1024, "n_layer": 24, "n_head": 16, "d_inner": 4096}, "XLNet", ("",)),
    Model("minilm/l6-384", _sizes(6, 384, 12, 1536, vocab_size=30522), "Bert", ("",)),
)

CLASSES = {
    "": "{}Model",
    "classify": "{}ForSequenceClassification",
    "tag": "{}ForTokenClassification",
    "span": "{}ForQuestionAnswering",
    "masked-lm": "{}ForMaskedLM",
}
LABELS = {"classify": 5, "tag": 21, "span": 2}  # masked-lm has none: its answers are the vocabulary


def make_library_model(model, task):
    """The library's model in float64, with weights that leave nothing out: matrices wide enough to make attention uneven, biases and
    gains that are not 0 and 1."""
    torch.manual_seed(cases.SEED)
    config = getattr(transformers, model.library + "Config")(**model.config)
    if task in LABELS:
        config.num_labels = LABELS[task]
    built = getattr(transformers, CLASSES[task].format(model.library))(config)
    with torch.no_grad():
        for parameter in built.parameters():
            if parameter.dim() >= 2:
                parameter.normal_(0, 0.05)
            else:
                parameter.add_(torch.randn_like(parameter) * 0.05)
    return built.eval()


def library_outputs(model, built, batch, task):
    """name -> rows of all sequences one after the other, each run by itself."""
    parts = {}
    ids = torch.from_numpy(batch["ids"].astype("int64"))
    segments = torch.from_numpy(batch["segments"].astype("int64")) if "segments" in batch else None
    for row, (begin, end) in enumerate(zip(batch["offsets"][:-1], batch["offsets"][1:])):
        inputs = {"input_ids": ids[None, begin:end], "output_hidden_states": True}
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
        if segments is not None:
            inputs["token_type_ids"] = segments[None, begin:end]
        with torch.no_grad():
            result = built(**inputs)
        layers = [values[0] for values in result.hidden_states]
        named = {f"hidden.{index}": values for index, values in enumerate(layers)}
        named["hidden"] = layers[-1]
        if model.name.startswith("gpt2"):
            named.pop(f"hidden.{len(layers) - 1}")  # the library's last layer is normalized, ours is not
        if model.name.startswith("gpt"):
            named["pooled"] = layers[-1][-1:]
            named["lm"] = layers[-1][-1:] @ built.get_input_embeddings().weight.T
        if task == "masked-lm":
            named["lm"] = result.logits[0][batch["masks"][slice(*batch["mask_offsets"][row : row + 2])]]
        elif task == "span":
            named["logits"] = torch.stack([result.start_logits[0], result.end_logits[0]], dim=-1)
        elif task:
            named["logits"] = result.logits[0] if result.logits.dim() == 3 else result.logits
        elif model.name.startswith("minilm"):
            mean = named["hidden"].mean(dim=0, keepdim=True)
            named["pooled"] = mean
            named["sentence"] = torch.nn.functional.normalize(mean)
        elif getattr(result, "pooler_output", None) is not None:
            named["pooled"] = result.pooler_output
        for name, values in named.items():
            parts.setdefault(name, []).append(values)
    return {name: torch.cat(values).detach().double().numpy() for name, values in parts.items()}


def batches_of(model):
    vocabulary = model.config.get("vocab_size", 30000)
    for lengths in (*((length,) for length in LENGTHS), RAGGED):
        name = f"{model.name} {lengths}"
        yield lengths, cases.make_batch(name, lengths, segments=model.segments, vocabulary=vocabulary)


def with_masks(batch):
    """Places of each row: its last token, and before it each third."""
    places = [numpy.arange(end - begin - 1, -1, -3, dtype="<i4") for begin, end in zip(batch["offsets"][:-1], batch["offsets"][1:])]
    offsets = numpy.cumsum([0, *map(len, places)]).astype("<i4")
    return {"masks": numpy.concatenate(places), "mask_offsets": offsets}


def cosine(x, y):
    x, y = x.astype(numpy.float64).reshape(-1), y.astype(numpy.float64).reshape(-1)
    return float((x * y).sum() / max(numpy.sqrt((x * x).sum() * (y * y).sum()), 1e-300))


def check_task(options, model, task):
    """(largest difference in f32, {precision: least cosine}, number of tensors); raises AssertionError for missing outputs."""
    built = make_library_model(model, task)
    worst, cosines, count = 0.0, {}, 0
    with tempfile.TemporaryDirectory() as folder:
        built.save_pretrained(folder)
        built = built.double()
        for lengths, batch in batches_of(model):
            if len(lengths) == 1 and task:
                continue
            if task == "masked-lm":
                batch |= with_masks(batch)
            expected = library_outputs(model, built, batch, task)
            asked = f"{task}:{LABELS[task]}" if task in LABELS else task or None
            arguments = {"weights": folder, "layers": True, "task": asked}
            for precision in options.precisions:
                if precision != "f32" and len(lengths) == 1:
                    continue
                found = door.run_clew(options.clew, model.name, batch, folder, precision=precision, **arguments)
                for name, values in expected.items():
                    if name == "lm" and not task:  # of each row's last token: all of them are too many to hold
                        found[name] = found[name][batch["offsets"][1:] - 1]
                    if name not in found:
                        raise AssertionError(f"no output {name}, found {', '.join(found)}")
                    if list(found[name].shape) != list(values.shape):
                        raise AssertionError(f"{name}: expected {values.shape}, found {found[name].shape}")
                    count += 1
                    if precision == "f32":
                        worst = max(worst, float(numpy.abs(found[name] - values).max()) / max(1.0, float(numpy.abs(values).max())))
                    else:
                        cosines[precision] = min(cosines.get(precision, 1.0), cosine(found[name], values))
    return worst, cosines, count


def main():
    parser = argparse.ArgumentParser(description="holds the zoo against Transformers")
    parser.add_argument("--clew", default="build/release/bin/clew", help="the clew command")
    parser.add_argument("--only", nargs="*", default=[], help="only models whose name holds one of these words")
    parser.add_argument("--precisions", nargs="*", default=["f32", "bf16", "int8"])
    options = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    failures = 0
    print(f"{'model':32} {'task':9} {'tensors':>7} {'f32':>9} {'bound':>7}  cosines")
    for model in MODELS:
        if options.only and not any(word in model.name for word in options.only):
            continue
        if not hasattr(transformers, model.library + "Model"):
            print(f"{model.name:32} skipped: Transformers {transformers.__version__} has no {model.library}", flush=True)
            continue
        for task in model.tasks:
            try:
                worst, cosines, count = check_task(options, model, task)
            except (AssertionError, door.DoorError) as error:
                print(f"{model.name:32} {task or 'body':9} FAILED: {error}", flush=True)
                failures += 1
                continue
            good = worst <= model.tolerance and all(value >= COSINE[name] for name, value in cosines.items())
            failures += not good
            said = " ".join(f"{name} {value:.6f}" for name, value in cosines.items())
            print(f"{model.name:32} {task or 'body':9} {count:7} {worst:9.2e} {model.tolerance:7.0e}  {said}{'' if good else '  FAILED'}",
                  flush=True)
    print(f"{failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
