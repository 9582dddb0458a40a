# Folders of tokenizers of each kind, trained on the spot with the packages' own trainers, and the texts that they are compared on besides
# those of a data folder. Nothing of it is kept.
import json
import unicodedata
from pathlib import Path

import tokenizer_random

ADVERSARIAL = [
    "", " ", "  ", "   a  b ", "\n", "\n\n a\n\n\nb\n", "\t\t x", "a\u00a0b \u00a0 c", "x\u3000\u3000y", " \u2003z\u2028w\u2029",
    "don't you're we've I'm they'll he'd it's 'S 'RE ''s '", "''quoted'' ``quoted`` ` `` ```", "hello world  hello   world",
    "👨\u200d👩\u200d👧\u200d👦 👍🏽 🇨🇳🇩🇪 ❤\ufe0f 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🧑🏿\u200d🚀x🧑", "e\u0301te\u0301 q\u0307\u0323 \u0323\u0307q a\u0315\u0300\u05ae\u0062",
    "ｆｕｌｌ　ｗｉｄｔｈ１２３！？ ﾊﾝｶｸ ｶﾞ ﾊﾟ", "བོད་ཡིག་གི་སྒྲ། ༄༅། ༡༢༣ ཀྵ གྷ \u0f71\u0f72 \u0f73 \u0f75 \u0f81", "𠀀𪛖𪜀𫜴𫠝𬺡𮯠𰀀𱍐𮯰𲎯𪘀 㐀䶿一鿿", "العَرَبِيَّة עִבְרִית \u202bאבג\u202c \u200f\u200e", "हिन्दी क्षि க்ஷ ไทย ภาษา ํา",
    "a\x00b\x01c\x7fd\x80e\ufffdf\x1b[0m", "zero\u200bwidth\u200cjoin\u200der\u2060word\ufeffbom\u00adsoft", "\ue000\uf8ff\U000f0000\U0010fffd \ufdd0\uffff\U0001ffff", "\uf900\ufa0e\U0002f800\U0002f81d 豈",
    "ǆ Ǆ ﬁ ﬃ ℌ ㎏ ½ Ⅷ ① ㍿ ﷺ ẛ̣ Å Ω ſ", "İstanbul ΟΔΥΣΣΕΥΣ Straße ẞ ŉ", "1234567890 ١٢٣ ४५६ ²³ ⅓ Ⅻ 一二三 3.14 1,000", "\u1112\u1161\u11ab 한국어 각 \u1100\u1161 \uac00\u11a8", "＃ー＋￥▁ ▁▁a ▁",
    "\u0600\u0627 \u0600a\u0301 \r\n \r\r\n a\u0300\u0301\u0302", "\U00011938\U00011935\U00011930 \U0001d15f\U0001d165", "<s> </s> <unk> <pad> <mask> <|endoftext|> [CLS][SEP] [MASK] x<mask>y  <mask>  z", "   <mask>   <s>  a",
    "a" * 300, "ab" * 3000, "中" * 700, "hello" * 500, "\u0301" * 400, " " * 500, "1" * 999, "!?" * 400, "é" * 200, "👨\u200d" * 150, "aaaa'bbbb'" * 60, "x \t\n" * 200, "▁" * 50,
]  # fmt: skip
# What no text may be: each must be refused.
BROKEN = [b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xe4\xb8", b"ok\x80", b"\xf8\x88\x80\x80\x80"]


def character_texts():
    """Each code point between others, many to a text."""
    points = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    for start in range(0, len(points), 64):
        some = points[start : start + 64]
        if unicodedata.category(some[0]) in ("Cn", "Co") and start > 0x3000 and start % 4096:
            continue
        yield "a" + "1".join(some[:32]) + " !".join(some[32:])
        yield "".join(some)


def random_texts(source, count):
    return [tokenizer_random.text(source) for _ in range(count)]


def save(folder, files):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        text = content if isinstance(content, (str, bytes)) else json.dumps(content, ensure_ascii=False)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>"]


def byte_bpe(texts, size):
    """vocab.json and merges.txt of byte-level BPE."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def pairs(tokenizer):
    model = json.loads(tokenizer.to_str())["model"]
    merges = "#version: 0.2\n" + "".join(f"{left} {right}\n" for left, right in model["merges"])
    return {"vocab.json": model["vocab"], "merges.txt": merges}


def roberta_json(tokenizer, prefix, trim):
    """The same as tokenizer.json, with a mask that takes the white space before it."""
    whole = json.loads(tokenizer.to_str())
    vocab = whole["model"]["vocab"]
    whole["pre_tokenizer"]["add_prefix_space"] = prefix
    whole["post_processor"] = {"type": "RobertaProcessing", "sep": ["</s>", vocab["</s>"]], "cls": ["<s>", vocab["<s>"]], "trim_offsets": trim, "add_prefix_space": prefix}
    for token in whole["added_tokens"]:
        token["lstrip"] = token["content"] == "<mask>"
    return whole


def byte_bpe_folders(base, texts, size):
    tokenizer = byte_bpe(texts, size)
    files = pairs(tokenizer)
    gpt2 = {"tokenizer_class": "GPT2Tokenizer"}
    roberta = {"tokenizer_class": "RobertaTokenizer"}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    whole = roberta_json(tokenizer, False, True)
    splitless = dict(whole, pre_tokenizer=dict(level, use_regex=False), post_processor=level)
    words = dict(whole, pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, dict(level, add_prefix_space=True)]}, post_processor={"type": "Sequence", "processors": [level]})
    stripped = dict(whole, normalizer={"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "Strip", "strip_left": True, "strip_right": False}]})
    normalized = json.loads(json.dumps(stripped))
    for token in normalized["added_tokens"]:
        token["normalized"] = token["content"] in ("<mask>", "<s>")
    backend = {"tokenizer_class": "PreTrainedTokenizerFast"}
    return {
        "gpt2": save(base / "gpt2", {**files, "tokenizer_config.json": gpt2, "config.json": {"model_type": "gpt2"}}),
        "gpt2-bos": save(base / "gpt2-bos", {**files, "tokenizer_config.json": {**gpt2, "add_bos_token": True, "add_prefix_space": True}}),
        "gpt2-model": save(base / "gpt2-model", {**files, "config.json": {"model_type": "gpt2"}}),
        "gpt2-json": save(base / "gpt2-json", {"tokenizer.json": dict(whole, post_processor=level), "tokenizer_config.json": gpt2}),
        "roberta": save(base / "roberta", {**files, "tokenizer_config.json": {**roberta, "mask_token": {"content": "<mask>", "lstrip": True, "__type": "AddedToken"}}}),
        "roberta-prefix": save(base / "roberta-prefix", {**files, "tokenizer_config.json": {**roberta, "add_prefix_space": True}}),
        "roberta-whole": save(base / "roberta-whole", {**files, "tokenizer_config.json": {**roberta, "trim_offsets": False}}),
        "roberta-json": save(base / "roberta-json", {"tokenizer.json": whole, "tokenizer_config.json": roberta}),
        "backend": save(base / "backend", {"tokenizer.json": roberta_json(tokenizer, True, True), "tokenizer_config.json": backend}),
        "backend-splitless": save(base / "backend-splitless", {"tokenizer.json": splitless, "tokenizer_config.json": backend}),
        "backend-words": save(base / "backend-words", {"tokenizer.json": words, "tokenizer_config.json": backend}),
        "backend-stripped": save(base / "backend-stripped", {"tokenizer.json": stripped, "tokenizer_config.json": backend}),
        "backend-normalized": save(base / "backend-normalized", {"tokenizer.json": normalized, "tokenizer_config.json": backend}),
    }  # fmt: skip


def gpt_folders(base, texts, size):
    """GPT's byte-pair encoding: BERT's words in lower case, </w> behind each."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=["<unk>"], end_of_word_suffix="</w>", show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    whole = json.loads(tokenizer.to_str())
    fused = json.loads(json.dumps(whole))
    fused["model"]["fuse_unk"] = True
    fused["pre_tokenizer"] = {"type": "WhitespaceSplit"}
    fused["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Lowercase"}]}
    gpt = {"tokenizer_class": "OpenAIGPTTokenizer"}
    return {
        "gpt": save(base / "gpt", {**pairs(tokenizer), "tokenizer_config.json": gpt}),
        "gpt-json": save(base / "gpt-json", {"tokenizer.json": whole, "tokenizer_config.json": gpt}),
        "bpe-backend": save(base / "bpe-backend", {"tokenizer.json": fused, "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast"}}),
    }  # fmt: skip


def word_folders(base, texts, size):
    """A token a word."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.train_from_iterator(texts, trainers.WordLevelTrainer(vocab_size=size, special_tokens=["<unk>", "<pad>"], show_progress=False))
    whole = json.loads(tokenizer.to_str())
    backend = {"tokenizer_class": "PreTrainedTokenizerFast"}
    return {
        "words": save(base / "words", {"tokenizer.json": whole, "tokenizer_config.json": backend}),
        "words-lower": save(base / "words-lower", {"tokenizer.json": dict(whole, normalizer={"type": "Lowercase"}), "tokenizer_config.json": backend}),
    }  # fmt: skip


def charsmap():
    """SentencePiece's own table of characters (NFKC, with its white space)."""
    import io
    import sentencepiece

    model = io.BytesIO()
    lines = ["hello world", "a b c d e f g", "the cat sat on the mat"] * 20
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_writer=model, vocab_size=25, hard_vocab_limit=False, minloglevel=2, normalization_rule_name="nmt_nfkc")
    from sentencepiece import sentencepiece_model_pb2

    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto.normalizer_spec.precompiled_charsmap


def unigram_folders(base, texts, size):
    import base64
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    def trained(special):
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()])
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
        tokenizer.train_from_iterator(texts, trainers.UnigramTrainer(vocab_size=size, special_tokens=special, unk_token="<unk>", show_progress=False))
        return tokenizer

    table = {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap()).decode()}
    plain = [{"type": "Replace", "pattern": {"String": "``"}, "content": '"'}, {"type": "Replace", "pattern": {"String": "''"}, "content": '"'}]
    accents = [{"type": "NFKD"}, {"type": "StripAccents"}]
    join = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}
    albert = trained(["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"])
    albert.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    albert.add_special_tokens([AddedToken("[MASK]", lstrip=True)])
    whole = json.loads(albert.to_str())
    whole["normalizer"] = {"type": "Sequence", "normalizers": [*plain, *accents, {"type": "Lowercase"}, table, join]}
    xlnet = json.loads(trained(["<unk>", "<s>", "</s>", "<cls>", "<sep>", "<pad>", "<mask>", "<eod>", "<eop>"]).to_str())
    xlnet["normalizer"] = {"type": "Sequence", "normalizers": [*plain, *accents, table]}
    kept = dict(whole, normalizer=table)
    first = dict(kept, normalizer={"type": "Sequence", "normalizers": [{"type": "Strip", "strip_left": True, "strip_right": True}, join, table]}, pre_tokenizer={"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": True})
    never = dict(kept, normalizer={"type": "Sequence", "normalizers": [join, {"type": "Prepend", "prepend": "\u2581"}, {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]}, pre_tokenizer=None)
    backend = {"tokenizer_class": "PreTrainedTokenizerFast"}
    made = {"tokenizer_class": "AlbertTokenizer"}
    return {
        "albert": save(base / "albert", {"tokenizer.json": whole, "tokenizer_config.json": made}),
        "albert-cased": save(base / "albert-cased", {"tokenizer.json": whole, "tokenizer_config.json": {**made, "do_lower_case": False, "keep_accents": True}}),
        "xlnet": save(base / "xlnet", {"tokenizer.json": xlnet, "tokenizer_config.json": {"tokenizer_class": "XLNetTokenizer"}}),
        "unigram": save(base / "unigram", {"tokenizer.json": whole, "tokenizer_config.json": backend}),
        "unigram-table": save(base / "unigram-table", {"tokenizer.json": kept, "tokenizer_config.json": backend}),
        "unigram-first": save(base / "unigram-first", {"tokenizer.json": first, "tokenizer_config.json": backend}),
        "unigram-whole": save(base / "unigram-whole", {"tokenizer.json": never, "tokenizer_config.json": backend}),
    }  # fmt: skip


NORMALIZATION = {"normalization_rule_name": "nmt_nfkc"}  # of SentencePiece's models, but for those that say another


def piece_model(texts, size, kind="unigram", **settings):
    """A model of SentencePiece, trained by itself; the same bytes each time."""
    import io
    import sentencepiece

    model = io.BytesIO()
    few = size < 8000  # then rare characters would be all there is
    texts = ("".join(c for c in text if c > " " and ord(c) < 0x180 or c in " \n中国人的一是▁ａé") if few else text for text in texts)
    lines = (line for text in texts for line in text.replace("\0", " ").split("\n") if line.strip())
    if "normalization_rule_name" not in settings:
        settings |= NORMALIZATION
    settings = {"hard_vocab_limit": False, "minloglevel": 2, "num_threads": 1, "max_sentence_length": 20000, "character_coverage": 0.9995, **settings}
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=lines, model_writer=model, model_type=kind, vocab_size=size, **settings)
    from sentencepiece import sentencepiece_model_pb2

    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    proto.normalizer_spec.normalization_rule_tsv = ""  # a path
    return proto.SerializeToString(deterministic=True)


def piece_folders(base, texts, size):
    """SentencePiece files, as the classes of Transformers lay them out and by themselves."""
    albert = piece_model(texts, size, pad_id=0, unk_id=1, bos_id=2, eos_id=3, bos_piece="[CLS]", eos_piece="[SEP]", control_symbols=["[MASK]"])
    xlnet = piece_model(texts, size, control_symbols=["<cls>", "<sep>", "<pad>", "<mask>", "<eod>", "<eop>"], user_defined_symbols=[".", "(", ")", "th", "the"])
    t5 = piece_model(texts, size, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    xlmr = piece_model(texts, size)
    llama = piece_model(texts, size, "bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True)
    bpe = piece_model(texts, size, "bpe", user_defined_symbols=["ing", "th", "the", "中"])
    fallback = piece_model(texts, size, byte_fallback=True, user_defined_symbols=["ing", "<x>"], control_symbols=["<ctl>"], add_dummy_prefix=False)
    backend = {"tokenizer_class": "PreTrainedTokenizerFast"}
    named = {"tokenizer_class": "XLMRobertaTokenizer", "bos_token": "<bos>", "eos_token": "<eos>", "add_prefix_space": False}
    sentinels = [f"<extra_id_{i}>" for i in range(5)]
    return {
        "albert-pieces": save(base / "albert-pieces", {"spiece.model": albert, "tokenizer_config.json": {"tokenizer_class": "AlbertTokenizer"}}),
        "albert-pieces-cased": save(base / "albert-pieces-cased", {"spiece.model": albert, "config.json": {"model_type": "albert"}, "tokenizer_config.json": {"do_lower_case": False, "keep_accents": True, "remove_space": True, "mask_token": {"content": "[MASK]", "lstrip": True, "__type": "AddedToken"}}}),
        "xlnet-pieces": save(base / "xlnet-pieces", {"spiece.model": xlnet, "tokenizer_config.json": {"tokenizer_class": "XLNetTokenizer"}}),
        "xlnet-pieces-lower": save(base / "xlnet-pieces-lower", {"spiece.model": xlnet, "config.json": {"model_type": "xlnet"}, "tokenizer_config.json": {"do_lower_case": True, "keep_accents": True, "legacy": False, "additional_special_tokens": ["<eop>", "<new>"]}}),
        "t5-pieces": save(base / "t5-pieces", {"spiece.model": t5, "config.json": {"model_type": "t5"}}),
        "t5-pieces-few": save(base / "t5-pieces-few", {"spiece.model": t5, "tokenizer_config.json": {"tokenizer_class": "T5Tokenizer", "extra_ids": 5, "additional_special_tokens": sentinels, "model_max_length": 512}}),
        "mt5-pieces": save(base / "mt5-pieces", {"spiece.model": t5, "config.json": {"model_type": "mt5"}, "tokenizer_config.json": {"extra_ids": 0, "additional_special_tokens": None, "sp_model_kwargs": {}}, "special_tokens_map.json": {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}}),
        "xlmr-pieces": save(base / "xlmr-pieces", {"sentencepiece.bpe.model": xlmr, "config.json": {"model_type": "xlm-roberta"}}),
        "xlmr-pieces-named": save(base / "xlmr-pieces-named", {"sentencepiece.bpe.model": xlmr, "tokenizer_config.json": named}),
        "llama-pieces": save(base / "llama-pieces", {"tokenizer.model": llama, "tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True}}),
        "llama-pieces-legacy": save(base / "llama-pieces-legacy", {"tokenizer.model": llama, "tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer", "legacy": True, "add_bos_token": True, "add_eos_token": True}}),
        "pieces": save(base / "pieces", {"tokenizer.model": xlmr, "tokenizer_config.json": backend}),
        "pieces-bpe": save(base / "pieces-bpe", {"tokenizer.model": bpe, "tokenizer_config.json": {**backend, "add_eos_token": True}}),
        "pieces-bpe-bytes": save(base / "pieces-bpe-bytes", {"tokenizer.model": llama, "tokenizer_config.json": {**backend, "legacy": False}}),
        "pieces-bytes": save(base / "pieces-bytes", {"tokenizer.model": fallback, "tokenizer_config.json": backend}),
    }  # fmt: skip


def saved_folders(base, folders):
    """What Transformers saves of some of these: tokenizer.json in the place of the SentencePiece file."""
    import transformers

    made = {}
    for name in ("albert-pieces", "xlnet-pieces", "t5-pieces", "xlmr-pieces", "llama-pieces", "pieces", "pieces-bpe", "pieces-bytes"):
        folder = base / f"{name}-saved"
        transformers.AutoTokenizer.from_pretrained(folders[name]).save_pretrained(folder)
        for file in (*folder.glob("*.model"), *folder.glob("*.jinja")):
            file.unlink()
        made[folder.name] = folder
    return made


GPT4 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def pattern_folders(base, texts, size):
    """tokenizer.json with the normalizers and pre-tokenizers that no class above asks for."""
    whole = json.loads(byte_bpe(texts, size).to_str())
    plain = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    backend = {"tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast"}}

    def split(pattern, behavior, invert=False):
        return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}

    def folder(name, steps, normalizers=None, model=whole, last=plain):
        steps = [*steps, last] if last else steps
        several = {"type": "Sequence", "normalizers": normalizers} if normalizers else None
        made = dict(model, pre_tokenizer={"type": "Sequence", "pretokenizers": steps}, normalizer=several, post_processor=None)
        return {name: save(base / name, {"tokenizer.json": made, **backend})}

    words = json.loads(json.dumps(whole))
    words["model"].update(unk_token="<unk>", fuse_unk=False)
    regex = [{"type": "Replace", "pattern": {"Regex": r"\A\s+|[0-9]+(?=%)|[!?]{3,}|x*$"}, "content": "·"}, {"type": "Replace", "pattern": {"Regex": r"(\d)\1{2,}"}, "content": ""}]
    return {
        **folder("split-gpt4", [split({"Regex": GPT4}, "Isolated")], [{"type": "NFC"}]),
        **folder("split-gpt4-inverted", [split({"Regex": GPT4}, "Removed", True)], [{"type": "NFKC"}]),
        **folder("split-removed", [split({"Regex": r"\s+"}, "Removed"), {"type": "Digits", "individual_digits": True}], [{"type": "Nmt"}]),
        **folder("split-previous", [split({"Regex": r"[.,;!?。，]|\d"}, "MergedWithPrevious"), {"type": "Digits", "individual_digits": False}], [{"type": "Nmt"}, {"type": "NFKC"}]),
        **folder("split-next", [split({"Regex": r"[-_\s]|(?<=a)b"}, "MergedWithNext"), {"type": "Punctuation", "behavior": "MergedWithPrevious"}], regex),
        **folder("split-contiguous", [split({"String": "a"}, "Contiguous"), split({"String": " "}, "MergedWithNext", True), {"type": "Punctuation", "behavior": "Contiguous"}], [{"type": "Lowercase"}, {"type": "NFC"}]),
        **folder("split-text", [{"type": "CharDelimiterSplit", "delimiter": " "}, {"type": "Punctuation"}], None, words, None),
        **folder("split-words", [split({"Regex": r"\w+|[^\w\s]+"}, "Isolated"), split({"Regex": r"\b"}, "Isolated"), {"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": False}], [{"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "NFKC"}], words, None),
        **folder("split-script", [split({"Regex": r"\p{Han}|\p{Lu}\p{Ll}*|[[:digit:]]+"}, "Isolated")]),
    }  # fmt: skip


def all_folders(base, texts, size):
    """Name -> folder."""
    base = Path(base)
    folders = {}
    for maker in (byte_bpe_folders, gpt_folders, word_folders, unigram_folders, piece_folders, pattern_folders):
        folders.update(maker(base, texts, size))
    folders.update(saved_folders(base, folders))
    return folders
