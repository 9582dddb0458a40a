#!/usr/bin/env python3
# Writes golden/folders.json: what Transformers' AutoTokenizer makes of small checkpoint folders in which one thing is changed at a time,
# each key of tokenizer_config.json, tokenizer.json, special_tokens_map.json and added_tokens.json and many forms of vocab.txt.
#
#     python make_folder_golden.py     needs transformers 5 (made with 5.24.0, tokenizers 0.23.3); takes a minute
#
# A case is a base, changes to its files, and the number of its answer: ids of each text, of a pair and its segments. A change is [file, pointer, value],
# [file, pointer] (the key is removed), [file, null, text] (the whole file) or [file] (removed). `refused` says that Clew refuses the folder and
# must name this; cases in which only the package fails are left out.
import copy
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
import tokenizers  # noqa: E402
import transformers  # noqa: E402

VOCABULARY = """[PAD] [UNK] [CLS] [SEP] [MASK] the un ##aff ##able ##a a b ##b c ##c 中 国 ! , cafe café e ##e AI ai V v ##IP ##ip [X] x [ ] <
s > / foo Foo ##Foo bar ##o ##国 国中 ##中 - _ a_b 1 ##1 q ##q""".split()
TEXTS = [
    "", "AI the unaffable 中国!", "café Café CAFE cafe\u0301", "a[X]b [x] [X] b", "[CLS] a [SEP][MASK]b [UNK]", "<s> foo</s>", "Foo foo bar foobar fooFoo a_foo 中foo",
    "zzz ZZZ zzzunaffable", "国中 a中b 国 中", "a\tb\u3000c\x07d\u200bb", "aaaaaaaaa abababab 1111", "VIP vip - a_b _",
]  # fmt: skip
PAIR = ("AI foo [X]", "国中 zzz")

FLAGS = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
NAMED = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def added(content, index=None, **flags):
    token = {"content": content, **FLAGS, **flags}
    return token if index is None else {"id": index, **token}


def bert_template():
    special = lambda name, segment: {"SpecialToken": {"id": name, "type_id": segment}}  # noqa: E731
    text = lambda name, segment: {"Sequence": {"id": name, "type_id": segment}}  # noqa: E731
    return {
        "type": "TemplateProcessing",
        "single": [special("[CLS]", 0), text("A", 0), special("[SEP]", 0)],
        "pair": [special("[CLS]", 0), text("A", 0), special("[SEP]", 0), text("B", 1), special("[SEP]", 1)],
        "special_tokens": {n: {"id": n, "ids": [VOCABULARY.index(n)], "tokens": [n]} for n in ("[CLS]", "[SEP]")},
    }


SERIALIZED = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [added(n, i, special=True) for i, n in enumerate(NAMED)],
    "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": bert_template(),
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {t: i for i, t in enumerate(VOCABULARY)}},
}  # fmt: skip
LINES = "".join(token + "\n" for token in VOCABULARY)
BERT = {"model_type": "bert"}
BASES = {
    # vocab.txt and settings, as before tokenizer.json; nothing but vocab.txt; all files, as Transformers 4 saves; what 5 saves; a
    # tokenizer that is its tokenizer.json alone
    "lines": {"config.json": BERT, "tokenizer_config.json": {"tokenizer_class": "BertTokenizer"}, "vocab.txt": LINES},
    "bare": {"config.json": BERT, "vocab.txt": LINES},
    "four": {
        "config.json": BERT,
        "tokenizer_config.json": {
            "tokenizer_class": "BertTokenizer",
            "do_lower_case": True,
            "added_tokens_decoder": {str(i): added(n, special=True) for i, n in enumerate(NAMED)},
            "model_max_length": 512,
            "clean_up_tokenization_spaces": True,
            "tokenize_chinese_chars": True,
            "strip_accents": None,
            **dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), NAMED)),
        },
        "special_tokens_map.json": dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), NAMED)),
        "tokenizer.json": SERIALIZED,
        "vocab.txt": LINES,
    },
    "five": {"config.json": BERT, "tokenizer_config.json": {"tokenizer_class": "BertTokenizer", "backend": "tokenizers"}, "tokenizer.json": SERIALIZED},
    "serialized": {"config.json": BERT, "tokenizer_config.json": {"tokenizer_class": "TokenizersBackend"}, "tokenizer.json": SERIALIZED},
}  # fmt: skip

CASES = []


def case(base, name, *changes, refused=None, offsets=False):
    CASES.append({"base": base, "name": name, "changes": list(changes), "refused": refused, "offsets": offsets})


def config(base, key, value, **more):
    case(base, f"tokenizer_config.json: {key} = {json.dumps(value, ensure_ascii=False)}"[:100], ["tokenizer_config.json", "/" + key, value], **more)


def serialized(base, pointer, value, **more):
    case(base, f"tokenizer.json: {pointer} = {json.dumps(value, ensure_ascii=False)}"[:100], ["tokenizer.json", pointer, value], **more)


def config_cases(base):
    """Keys of tokenizer_config.json where BertTokenizer reads it."""
    for value in (True, False):
        config(base, "do_lower_case", value)
        config(base, "strip_accents", value)
        config(base, "tokenize_chinese_chars", value)
        config(base, "do_basic_tokenize", value)
        config(base, "split_special_tokens", value)
    for key in ("do_lower_case", "tokenize_chinese_chars", "strip_accents", "split_special_tokens"):
        for value in ("false", 0):
            config(base, key, value, refused=key)
    for key in ("do_lower_case", "tokenize_chinese_chars"):
        config(base, key, None, refused=key)
    config(base, "strip_accents", None)
    case(base, "cased but without accents", ["tokenizer_config.json", "/do_lower_case", False], ["tokenizer_config.json", "/strip_accents", True])
    case(base, "uncased but with accents", ["tokenizer_config.json", "/do_lower_case", True], ["tokenizer_config.json", "/strip_accents", False])
    config(base, "never_split", ["[X]", "Foo"])
    for key in ("unk_token", "sep_token", "pad_token", "cls_token", "mask_token", "bos_token", "eos_token", "weird_token"):
        config(base, key, "[X]")
        config(base, key, {"__type": "AddedToken", **added("foo", normalized=True)})
        config(base, key, 5, refused=key if key != "weird_token" else None)
    for key in ("pad_token", "mask_token", "bos_token"):
        config(base, key, None)
    for key in ("unk_token", "cls_token", "sep_token"):
        config(base, key, None, refused=key)
    config(base, "unk_token", "[NOPE]", refused="unk_token")
    for key in ("cls_token", "sep_token", "mask_token"):
        config(base, key, "<s>")
    for key in ("additional_special_tokens", "extra_special_tokens"):
        config(base, key, ["[X]", "Foo"])
        config(base, key, ["zzz", {"__type": "AddedToken", **added("foo", single_word=True)}])
        config(base, key, [])
    config(base, "extra_special_tokens", {"place_token": "[X]"})
    config(base, "model_specific_special_tokens", {"place_token": "[X]"})
    config(base, "model_specific_special_tokens", ["[X]"], refused="model_specific_special_tokens")
    for value in (5, 1e30, 1000000000000000019884624838656):
        config(base, "model_max_length", value)
    for value in (0, -1, "512", 5.5):
        config(base, "model_max_length", value, refused="model_max_length")
    config(base, "max_len", 5)
    config(base, "truncation_side", "right")
    config(base, "truncation_side", "left", refused="truncation_side")
    config(base, "truncation_side", "middle", refused="truncation_side")
    config(base, "padding_side", "left")
    config(base, "clean_up_tokenization_spaces", True)
    config(base, "chat_template", "{{ x }}")
    config(base, "name_or_path", "elsewhere")
    config(base, "something_new", True)
    config(base, "model_input_names", ["input_ids", "attention_mask"])
    config(base, "model_input_names", ["input_ids", "token_type_ids"])
    for name in ("BertTokenizerFast", "DistilBertTokenizer", "ElectraTokenizer", "ElectraTokenizerFast", "MobileBertTokenizerFast", "LxmertTokenizer", "SqueezeBertTokenizer", "LayoutLMTokenizer"):
        config(base, "tokenizer_class", name)
    for name in ("RobertaTokenizer", "GPT2TokenizerFast", "MPNetTokenizer", "BertJapaneseTokenizer", "T5Tokenizer"):
        config(base, "tokenizer_class", name, refused="tokenizer_class")
    config(base, "fast_tokenizer_files", ["tokenizer.4.0.0.json"], refused="fast_tokenizer_files")
    config(base, "vocab", {"a": 0}, refused="vocab")


def decoder_cases(base):
    new = len(VOCABULARY)
    for name, token in {
        "text": added("zzz"), "normalized": added("zzz", normalized=True), "normalized capital": added("ZZZ", normalized=True), "capital": added("ZZZ"),
        "single word": added("zzz", single_word=True), "single word, normalized": added("zzz", single_word=True, normalized=True),
        "lstrip": added("zzz", lstrip=True), "rstrip": added("zzz", rstrip=True), "special": added("zzz", special=True), "a new accent": added("Café", normalized=True),
        "ideographs": added("中国!", normalized=True), "ideographs as given": added("国中 a"),
    }.items():  # fmt: skip
        config(base, "added_tokens_decoder", {str(new): token}, offsets=True)
        CASES[-1]["name"] = f"an added token: {name}"
        if base == "lines":
            case(base, f"an added token and all special ones are split: {name}", ["tokenizer_config.json", "/added_tokens_decoder", {str(new): token}], ["tokenizer_config.json", "/split_special_tokens", True])
    for content in ("foo", "Foo", "[X]"):
        index = VOCABULARY.index(content)
        for flags in ({}, {"normalized": True}, {"single_word": True}, {"single_word": True, "normalized": True}, {"lstrip": True, "rstrip": True}, {"lstrip": True, "rstrip": True, "normalized": True}):
            config(base, "added_tokens_decoder", {str(index): added(content, **flags)}, offsets=True)
    config(base, "added_tokens_decoder", {str(new): added("zz"), str(new + 1): added("zzz"), str(new + 2): added("zzzu", normalized=True)})
    config(base, "added_tokens_decoder", {str(new + 5): added("zzz")}, refused="zzz")
    config(base, "added_tokens_decoder", {"20": added("foo")}, refused="foo")
    config(base, "added_tokens_decoder", {"-1": added("zzz")}, refused="added_tokens_decoder")
    config(base, "added_tokens_decoder", {"x": added("zzz")}, refused="added_tokens_decoder")
    config(base, "added_tokens_decoder", {str(new): "zzz"}, refused="added_tokens_decoder")
    config(base, "added_tokens_decoder", {str(new): added("zzz", shiny=True)}, refused="shiny")
    config(base, "added_tokens_decoder", {str(new): added("zzz", lstrip="yes")}, refused="lstrip")
    config(base, "added_tokens_decoder", {str(new): added("")}, refused="token ''")
    config(base, "added_tokens_decoder", {})


def file_cases():
    for base in ("lines", "five", "serialized"):
        case(base, "added_tokens.json: a new token", ["added_tokens.json", None, json.dumps({"zzz": len(VOCABULARY)})])
        case(base, "added_tokens.json: another id", ["added_tokens.json", None, json.dumps({"zzz": 70})], refused="zzz")
        case(base, "added_tokens.json: two tokens, one special", ["added_tokens.json", None, json.dumps({"zzz": len(VOCABULARY), "FooFoo": len(VOCABULARY) + 1})],
             ["special_tokens_map.json", None, json.dumps({"additional_special_tokens": ["FooFoo"]})])  # fmt: skip
        case(base, "added_tokens.json: one in two cases", ["added_tokens.json", None, json.dumps({"zzz": len(VOCABULARY), "ZZZ": len(VOCABULARY) + 1})], refused="ZZZ")
        case(base, "added_tokens.json: none", ["added_tokens.json", None, "{}"])
        for key in ("unk_token", "cls_token", "sep_token", "pad_token", "mask_token", "bos_token"):
            case(base, f"special_tokens_map.json: {key}", ["special_tokens_map.json", None, json.dumps({key: "[X]"})])
        case(base, "special_tokens_map.json over tokenizer_config.json", ["special_tokens_map.json", None, json.dumps({"cls_token": "[X]"})],
             ["tokenizer_config.json", "/cls_token", "[MASK]"])  # fmt: skip
        case(base, "special_tokens_map.json: an object", ["special_tokens_map.json", None, json.dumps({"cls_token": added("foo", single_word=True)})])
        case(base, "special_tokens_map.json: further tokens", ["special_tokens_map.json", None, json.dumps({"additional_special_tokens": ["[X]", "Foo"]})])
        case(base, "special_tokens_map.json: further objects", ["special_tokens_map.json", None, json.dumps({"extra_special_tokens": ["[X]", added("foo")]})])
        case(base, "special_tokens_map.json: settings", ["special_tokens_map.json", None, json.dumps({"do_lower_case": False})], refused="do_lower_case")
        for broken in ("", "[]", "{", '{"a": 1, "a": 2}', '{"cls_token": "[X]"} x', "[" * 100):
            case(base, f"special_tokens_map.json: {broken[:12]}", ["special_tokens_map.json", None, broken], refused="special_tokens_map.json")
            case(base, f"tokenizer_config.json: {broken[:12]}", ["tokenizer_config.json", None, broken], refused="tokenizer_config.json")
            case(base, f"added_tokens.json: {broken[:12]}", ["added_tokens.json", None, broken], refused="added_tokens.json")
    case("four", "special_tokens_map.json beside a decoder says otherwise", ["special_tokens_map.json", "/cls_token", "[X]"])
    case("four", "added_tokens.json beside a decoder", ["added_tokens.json", None, json.dumps({"zzz": len(VOCABULARY)})])


def line_cases():
    for base in ("lines", "bare"):
        for name, text in {
            "blank last line": LINES + "\n", "blank last lines": LINES + "\n\n\n", "blanks in the last line": LINES + "  \t\n", "no last line feed": LINES[:-1],
            "returns": LINES.replace("\n", "\r\n"), "blanks behind tokens": LINES.replace("\n", " \n"), "a blank line within": LINES.replace("bar\n", "\nbar\n"),
            "a token less": LINES.replace("bar\n", ""), "no [MASK]": LINES.replace("[MASK]\n", "[unused1]\n"), "another order": "".join(reversed(LINES.splitlines(True))),
        }.items():  # fmt: skip
            case(base, f"vocab.txt: {name}", ["vocab.txt", None, text])
        case(base, "vocab.txt: a token twice", ["vocab.txt", None, LINES + "foo\n"], refused="foo")
        case(base, "vocab.txt: a byte order mark", ["vocab.txt", None, "\ufeff" + LINES], refused="byte order mark")
        case(base, "vocab.txt: no [UNK]", ["vocab.txt", None, LINES.replace("[UNK]\n", "[unused1]\n")], refused="[UNK]")
    case("lines", "an added token behind blank lines", ["vocab.txt", None, LINES + "\n\n"], ["added_tokens.json", None, json.dumps({"zzz": len(VOCABULARY) + 1})])
    case("lines", "an added token that counts no blank lines", ["vocab.txt", None, LINES + "\n\n"], ["added_tokens.json", None, json.dumps({"zzz": len(VOCABULARY)})], refused="zzz")
    for base in ("five", "serialized"):
        case(base, "vocab.txt says otherwise than tokenizer.json", ["vocab.txt", None, "".join(reversed(LINES.splitlines(True)))])
    case("serialized", "no tokenizer.json", ["tokenizer.json"], ["vocab.txt", None, LINES], refused="tokenizer_class")
    case("lines", "no tokenizer_class", ["tokenizer_config.json", "/tokenizer_class"])
    case("serialized", "no tokenizer_class", ["tokenizer_config.json", "/tokenizer_class"])
    case("serialized", "no tokenizer_config.json, no model_type", ["tokenizer_config.json"], ["config.json", "/model_type"])
    case("five", "no tokenizer_config.json", ["tokenizer_config.json"])
    case("five", "a class in config.json", ["tokenizer_config.json", "/tokenizer_class"], ["config.json", "/tokenizer_class", "PreTrainedTokenizerFast"])
    for name in ("PreTrainedTokenizerFast", "PreTrainedTokenizer"):
        config("serialized", "tokenizer_class", name)
    case("serialized", "lower case in tokenizer_config.json counts nothing", ["tokenizer_config.json", "/do_lower_case", False])


def serialized_cases(base):
    whole = base == "serialized"  # else most of tokenizer.json is not read
    for key in ("clean_text", "handle_chinese_chars", "lowercase", "strip_accents"):
        for value in (True, False):
            serialized(base, f"/normalizer/{key}", value)
        serialized(base, f"/normalizer/{key}", "no", refused=key if whole else None)
    case(base, "normalizer: lowercase, not strip_accents", ["tokenizer.json", "/normalizer/lowercase", True], ["tokenizer.json", "/normalizer/strip_accents", False])
    case(base, "normalizer: strip_accents, not lowercase", ["tokenizer.json", "/normalizer/lowercase", False], ["tokenizer.json", "/normalizer/strip_accents", True])
    serialized(base, "/normalizer", None)
    for value in ({"type": "Lowercase"}, {"type": "NFKC"}, {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}]}, {"type": "Replace", "pattern": {"String": "a"}, "content": "b"}):
        serialized(base, "/normalizer", value, refused="normalizer.type" if whole else None)
    for value in (None, {"type": "Whitespace"}, {"type": "WhitespaceSplit"}, {"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}]}, {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}):
        serialized(base, "/pre_tokenizer", value, refused="pre_tokenizer.type" if whole else None)
    serialized(base, "/model/unk_token", "[X]")
    serialized(base, "/model/unk_token", "[NOPE]", refused="[NOPE]" if whole else None)
    for prefix in ("", "@@", "a"):
        serialized(base, "/model/continuing_subword_prefix", prefix)
    for value in (1, 4, 5, 9, 1000):
        serialized(base, "/model/max_input_chars_per_word", value)
    for value in (0, -1, "9", 100000):
        serialized(base, "/model/max_input_chars_per_word", value, refused="max_input_chars_per_word" if whole else None)
    for value in ("BPE", "Unigram", "WordLevel"):
        serialized(base, "/model/type", value, refused="model.vocab" if value == "Unigram" else "model.type")
    case(base, "model: no type", ["tokenizer.json", "/model/type"])
    serialized(base, "/model/vocab", ["a", "b"], refused="model.vocab")
    serialized(base, "/model/vocab/foo", VOCABULARY.index("bar"), refused="'foo'")
    for value in (-1, 1 << 40, "5", 5.5, None):
        serialized(base, "/model/vocab/foo", value, refused="'foo'")
    case(base, "model.vocab: a hole", ["tokenizer.json", "/model/vocab/bar"])
    case(base, "model.vocab: a hole and a new token", ["tokenizer.json", "/model/vocab/bar"], ["tokenizer.json", "/added_tokens/-", added("zzz", len(VOCABULARY) - 1)])
    serialized(base, "/model/vocab/foo", 90)
    serialized(base, "/truncation", {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0})
    serialized(base, "/truncation", {"direction": "Left", "max_length": 4, "strategy": "LongestFirst", "stride": 0}, refused="truncation.direction")
    serialized(base, "/padding", {"strategy": {"Fixed": 12}, "direction": "Left", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"})
    serialized(base, "/decoder", None)
    serialized(base, "/version", "1.0")
    new = len(VOCABULARY)
    for token in (added("zzz", new), added("zzz", new, normalized=True), added("ZZZ", new, single_word=True, special=True), added("foo", VOCABULARY.index("foo"), lstrip=True), added("[X]", VOCABULARY.index("[X]"))):
        serialized(base, "/added_tokens/-", token, offsets=True)
    serialized(base, "/added_tokens/-", added("zzz", 70), refused="zzz")
    serialized(base, "/added_tokens/-", added("the", 70), refused="the")
    serialized(base, "/added_tokens/-", "zzz", refused="added_tokens")
    serialized(base, "/added_tokens/-", {"content": "zzz"}, refused="added_tokens")
    serialized(base, "/added_tokens", [])
    case(base, "no added_tokens", ["tokenizer.json", "/added_tokens"], refused="added_tokens")
    case(base, "added_tokens and a decoder in tokenizer_config.json", ["tokenizer.json", "/added_tokens/-", added("[X]", VOCABULARY.index("[X]"))], ["tokenizer_config.json", "/added_tokens_decoder", {}])
    case(base, "added_tokens, and other flags in tokenizer_config.json", ["tokenizer.json", "/added_tokens/-", added("foo", VOCABULARY.index("foo"))],
         ["tokenizer_config.json", "/added_tokens_decoder", {str(VOCABULARY.index("foo")): added("foo", single_word=True)}])  # fmt: skip


def form_cases(base):
    whole = base == "serialized"
    for names in (["input_ids", "token_type_ids", "attention_mask"], None):
        more = [["tokenizer_config.json", "/model_input_names", names]] if names else []
        forms = {
            "null": [["tokenizer.json", "/post_processor", None]],
            "BertProcessing": [["tokenizer.json", "/post_processor", {"type": "BertProcessing", "sep": ["[X]", VOCABULARY.index("[X]")], "cls": ["[MASK]", 4]}]],
            "other segments": [["tokenizer.json", "/post_processor/pair/3/Sequence/type_id", 0], ["tokenizer.json", "/post_processor/pair/4/SpecialToken/type_id", 0], ["tokenizer.json", "/post_processor/single/1/Sequence/type_id", 1]],
            "another token": [["tokenizer.json", "/post_processor/special_tokens/[SEP]", {"id": "[SEP]", "ids": [VOCABULARY.index("foo")], "tokens": ["foo"]}]],
            "bare": [["tokenizer.json", "/post_processor/single", [{"Sequence": {"id": "A", "type_id": 0}}]]],
            "B first": [["tokenizer.json", "/post_processor/pair", [{"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]]],
        }  # fmt: skip
        for name, changes in forms.items():
            case(base, f"post_processor: {name}{' with segments' if names else ''}", *changes, *more)
    serialized(base, "/post_processor", {"type": "RobertaProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2], "trim_offsets": True, "add_prefix_space": True})
    serialized(base, "/post_processor/special_tokens/[SEP]/ids", [7], refused="post_processor" if whole else None)
    serialized(base, "/post_processor/special_tokens/[SEP]/ids", [3, 3], refused="post_processor" if whole else None)
    serialized(base, "/post_processor/pair/3", {"Sequence": {"id": "A", "type_id": 0}}, refused="post_processor" if whole else None)


for base in ("lines", "four", "five"):
    config_cases(base)
decoder_cases("lines")
decoder_cases("serialized")
file_cases()
line_cases()
for base in ("five", "serialized"):
    serialized_cases(base)
    form_cases(base)


def changed(files, change):
    name, rest = change[0], change[1:]
    if not rest:
        files.pop(name)
        return
    if rest[0] is None:
        files[name] = rest[1]
        return
    *path, last = rest[0].split("/")[1:]
    at = files[name]
    for part in path:
        at = at[int(part)] if isinstance(at, list) else at[part]
    if len(rest) == 1:
        del at[last]
    elif isinstance(at, list):
        at.append(rest[1]) if last == "-" else at.__setitem__(int(last), rest[1])
    else:
        at[last] = rest[1]


def answers(folder, offsets):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    result = {"ids": [tokenizer(text)["input_ids"] for text in TEXTS]}
    if offsets:
        result["offsets"] = []
        for text in TEXTS:
            encoding = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)
            result["offsets"].append([place for pair in encoding["offset_mapping"] for place in pair])
    pair = tokenizer(*PAIR)
    result["pair"] = pair["input_ids"]
    result["segments"] = list(pair.get("token_type_ids", [0] * len(pair["input_ids"])))
    longest = tokenizer.model_max_length
    result["longest"] = int(longest) if longest < 2**31 else 0
    return result


def main():
    out = Path(__file__).resolve().parent / "golden" / "folders.json"
    lines = []
    known = []
    for one in CASES:
        files = copy.deepcopy(BASES[one["base"]])
        for change in one["changes"]:
            changed(files, change)
        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
                Path(folder, name).write_bytes(text.encode())
            record = {key: value for key, value in one.items() if value and key != "offsets"}
            if not one["refused"]:
                try:
                    answer = answers(folder, one["offsets"])
                except Exception as problem:  # whatever the package throws
                    print(f"left out: {one['base']}, {one['name']}: {type(problem).__name__}: {str(problem)[:90]!r}", file=sys.stderr)
                    continue
                if answer not in known:
                    known.append(answer)
                record["answer"] = known.index(answer)
        lines.append(json.dumps(record, ensure_ascii=False))
    head = {"made_with": f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}", "texts": TEXTS, "pair": PAIR}
    parts = [json.dumps(head, ensure_ascii=False)[:-1], '"bases": {' + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in BASES.items()) + "}"]
    parts.append('"answers": [\n' + ",\n".join(json.dumps(answer, separators=(",", ":")) for answer in known) + "]")
    parts.append('"cases": [\n' + ",\n".join(lines) + "]}\n")
    out.write_text(",\n".join(parts), encoding="utf-8")
    print(f"{len(lines)} cases, {len(known)} answers, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
