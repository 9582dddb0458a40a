# Asks Transformers what a folder computes when one key of its config.json is changed, and writes config_changes.json.
# Needs torch and transformers (made with 2.15 and 5.24); tests read the result only.
#
#   python3 tests/e2e/golden/make_config_changes.py
import json
import sys
import tempfile
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification
from transformers.activations import ACT2FN
from transformers.utils import logging

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import bert_folder  # noqa: E402

ERF = ["gelu", "gelu_python"]
# Keys that change no answer; the library must agree, which is checked below.
HARMLESS = {
    "hidden_dropout_prob": 0.9, "attention_probs_dropout_prob": 0.9, "classifier_dropout": 0.9, "initializer_range": 1.0,
    "use_cache": False, "pad_token_id": 5, "bos_token_id": 7, "eos_token_id": 8, "torch_dtype": "float16",
    "dtype": "bfloat16", "chunk_size_feed_forward": 2, "tie_word_embeddings": False, "output_attentions": True,
    "output_hidden_states": True, "gradient_checkpointing": True, "transformers_version": "2.0.0",
    "_name_or_path": "somewhere", "_attn_implementation": "eager", "position_embedding_type": "absolute",
    "is_decoder": False, "add_cross_attention": False, "is_encoder_decoder": False, "pruned_heads": {},
    "quantization_config": None, "problem_type": None, "pooler_type": "first_token_transform", "directionality": "bidi",
    "-hidden_act": None, "-layer_norm_eps": None, "-max_position_embeddings": None, "-type_vocab_size": None,
    "-architectures": None, "emb_size": 312, "-label2id": None, "a_key_that_nobody_knows": 1,
}
MATTER = {
    "hidden_size": [32, 128, "64", 64.5, None, True, [64]],
    "num_hidden_layers": [0, 1, 3, "2"],
    "num_attention_heads": [1, 2, 8, 16, 64, -4, "4", None, {"4": 4}, 99999999999999999999],
    "intermediate_size": [128, 512],
    "hidden_act": [name for name in ACT2FN if name not in ERF] + ["nonsense", "GELU", ["gelu"], None, 1],
    "layer_norm_eps": [1e-13, 1e-6, 1e-5, 1e-3, 0, 1, "1e-12", None],
    "vocab_size": [1000, 1281, 30522],
    "max_position_embeddings": [128, 511, 513],
    "type_vocab_size": [1, 3, 16],
    "position_embedding_type": ["relative_key", "relative_key_query", "rotary", None],
    "is_decoder": [True, "no"],
    "add_cross_attention": [True],
    "is_encoder_decoder": [True],
    "model_type": ["roberta", "albert", "distilbert", "electra", "xlm-roberta", "BERT", 1],
    "architectures": [["BertForTokenClassification"], ["BertForQuestionAnswering"], ["BertForMultipleChoice"],
                      ["RobertaForSequenceClassification"], ["BertForSequenceClassification", "Other"],
                      "BertForSequenceClassification", [1]],
    "problem_type": ["regression", "multi_label_classification"],
    "function_to_apply": ["sigmoid", "none"],
    "num_labels": [1, 2, 6],
    "id2label": [{"0": "a", "1": "b"}, {}, {str(i): str(i) for i in range(6)}, "sports"],
    "pruned_heads": [{"0": [1]}],
    "quantization_config": [{"quant_method": "gptq", "bits": 4}],
    "auto_map": [{"AutoModel": "modeling.Mine"}],
    "pooler_type": ["mean"],
    "directionality": ["uni"],
    "embedding_size": [32],
    "-hidden_size": [None], "-num_hidden_layers": [None], "-num_attention_heads": [None], "-intermediate_size": [None],
    "-vocab_size": [None],
}


def logits(folder):
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    rows = []
    batch = bert_folder.BATCH
    for begin, end in zip(batch["offsets"], batch["offsets"][1:]):
        ids, segments = (torch.tensor(batch[name][begin:end].astype("i8"))[None] for name in ("ids", "segments"))
        with torch.no_grad():
            rows.append(model(input_ids=ids, token_type_ids=segments).logits[0])
    return torch.stack(rows)


def main():
    logging.set_verbosity_error()
    with tempfile.TemporaryDirectory() as folder:
        bert_folder.write(folder)
        wanted = logits(folder)

        def effect(key, value):
            """How far the logits are from those of the unchanged folder, or why there are none."""
            bert_folder.write_config(folder, bert_folder.changed(key, value))
            try:
                found = logits(folder)
            except Exception as error:  # the library fails in many ways  # noqa: BLE001
                return type(error).__name__
            return float((found - wanted).abs().max()) if found.shape == wanted.shape else "another shape"

        changes = []
        for name in ERF:
            found = effect("hidden_act", name)
            assert isinstance(found, float) and found < 1e-5, (name, found)
            changes.append({"key": "hidden_act", "value": name, "accepted": True, "effect": found})
        for key, value in HARMLESS.items():
            found = effect(key, value)
            assert isinstance(found, float) and found < 1e-5, (key, value, found)
            changes.append({"key": key, "value": value, "accepted": True, "effect": found})
        for key, values in MATTER.items():
            for value in values:
                changes.append({"key": key, "value": value, "accepted": False, "effect": effect(key, value)})
    lines = ",\n  ".join(json.dumps(change) for change in changes)
    text = f'{{"logits": {json.dumps(wanted.tolist())},\n "changes": [\n  {lines}]}}\n'
    (HERE / "config_changes.json").write_text(text)


if __name__ == "__main__":
    main()
