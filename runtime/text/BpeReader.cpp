// See BpeReader.h. Where GPT's, GPT-2's or RoBERTa's class reads a folder, tokenizer_config.json and the class decide how text is cut, and
// tokenizer.json gives vocabulary and merges; where TokenizersBackend reads it, tokenizer.json decides all.
#include "runtime/text/BpeReader.h"

#include "runtime/text/Bpe.h"
#include "runtime/text/PieceReader.h"
#include "runtime/text/PipelineReader.h"
#include "runtime/text/Utf8.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace clew {
namespace {

using Kind = JsonNode::Kind;

constexpr std::array<std::string_view, 5> byteKeys{"add_prefix_space", "trim_offsets", "add_bos_token", "add_eos_token",
                                                   "errors"};

/// merges.txt: "left right" a line, after a line of the version.
Result<std::vector<BpeMerge>> linesOfMerges(std::string_view text, const std::string &path) {
  std::vector<BpeMerge> merges;
  for (size_t line = 1; !text.empty(); line++) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    pair = pair.ends_with('\r') ? pair.substr(0, pair.size() - 1) : pair;
    if (pair.starts_with("#version") || (pair.empty() && text.empty())) {
      continue;
    }
    const size_t space = pair.find(' ');
    std::string where = fmt::format("{}:{}", path, line);
    if (const size_t at = firstBrokenByte(pair); at != std::string_view::npos) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected UTF-8, found byte 0x{:02x}", static_cast<unsigned char>(pair[at])), where);
    }
    if (space == std::string_view::npos || pair.find(' ', space + 1) != std::string_view::npos) {
      return fail(ErrorKind::BadInput, fmt::format("expected two tokens and a space between them, found '{}'", pair),
                  where);
    }
    merges.push_back({std::string(pair.substr(0, space)), std::string(pair.substr(space + 1)), std::move(where)});
  }
  return merges;
}

/// model.merges of tokenizer.json: ["left", "right"], or "left right" in older files.
Result<std::vector<BpeMerge>> serializedMerges(const JsonFile &file, const JsonNode &model) {
  const JsonNode *list = model.find("merges");
  if (!list || list->kind != Kind::Array) {
    return file.wrong(list ? *list : model, "model.merges", "a list of merges", list ? describe(*list) : "none");
  }
  std::vector<BpeMerge> merges;
  merges.reserve(list->items.size());
  for (const JsonNode &item : list->items) {
    const size_t space = item.text.find(' ');
    const bool isPair = item.items.size() == 2 && item.items[0].kind == Kind::Text && item.items[1].kind == Kind::Text;
    const bool isText =
        item.kind == Kind::Text && space != std::string::npos && item.text.find(' ', space + 1) == std::string::npos;
    if (!isPair && !isText) {
      return file.wrong(item, "model.merges", "two tokens");
    }
    merges.push_back({isPair ? item.items[0].text : item.text.substr(0, space),
                      isPair ? item.items[1].text : item.text.substr(space + 1),
                      fmt::format("{}:{}", file.path, item.line)});
  }
  return merges;
}

/// The text of a key that may be null.
Result<std::string> textOrNull(const JsonFile &file, const JsonNode &object, const char *name) {
  const JsonNode *value = object.find(name);
  return value && value->kind == Kind::Null ? Result<std::string>("")
                                            : file.text(object, fmt::format("model.{}", name), "");
}

/// model of tokenizer.json, but for its vocabulary and merges.
Result<BpeOptions> serializedOptions(const JsonFile &file, const JsonNode &model, std::vector<std::string> &notes) {
  BpeOptions options;
  Result<std::string> unknown = textOrNull(file, model, "unk_token");
  Result<std::string> continuing = textOrNull(file, model, "continuing_subword_prefix");
  Result<std::string> ending = textOrNull(file, model, "end_of_word_suffix");
  const Result<bool> fuse = file.boolean(model, "model.fuse_unk", false);
  const Result<bool> fallback = file.boolean(model, "model.byte_fallback", false);
  const Result<bool> ignore = file.boolean(model, "model.ignore_merges", false);
  for (const Result<std::string> *said : {&unknown, &continuing, &ending}) {
    if (!*said) {
      return fail(*said);
    }
  }
  for (const Result<bool> *said : {&fuse, &fallback, &ignore}) {
    if (!*said) {
      return fail(*said);
    }
  }
  const JsonNode *dropout = model.find("dropout");
  if (dropout && dropout->kind != Kind::Null && dropout->text != "0" && dropout->text != "0.0") {
    return file.wrong(*dropout, "model.dropout", "null: what is dropped is drawn anew each time");
  }
  options.unknown = std::move(*unknown);
  options.continuing = std::move(*continuing);
  options.ending = std::move(*ending);
  options.fuseUnknown = *fuse;
  options.byteFallback = *fallback;
  options.ignoreMerges = *ignore;
  noteOthers(file, model, "model",
             {"type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
              "byte_fallback", "ignore_merges", "vocab", "merges"},
             notes);
  return options;
}

Result<std::vector<BpeMerge>> mergesOf(const TokenizerFiles &files, const Vocabulary &vocabulary) {
  if (files.pieces) {
    return pieceMerges(*files.pieces, vocabulary, !declaredClass(files).known);
  }
  if (files.serialized) {
    return serializedMerges(*files.serialized, *files.serialized->root.find("model"));
  }
  if (files.merges) {
    return linesOfMerges(*files.merges, files.folder + "/merges.txt");
  }
  return fail(
      ErrorKind::BadInput,
      "expected vocab.json and merges.txt, a tokenizer.json or a SentencePiece file of byte-pair encoding, found no "
      "merges",
      files.folder);
}

/// As GPT's class cuts: BERT's words in lower case.
PipelineParts gptParts() {
  PipelineParts parts;
  parts.normalizer = TextNormalizer({{.kind = NormalizerStep::Kind::Bert}});
  parts.splitter = WordSplitter({{.kind = SplitStep::Kind::Bert}});
  return parts;
}

/// As Llama's class cuts: not at all, but that spaces become a mark.
Result<PipelineParts> wholeParts(const TokenizerFiles &files) {
  Result<bool> prefix = true;
  Result<bool> legacy = false;
  if (files.config) {
    const JsonNode *said = files.config->root.find("add_prefix_space");
    const bool isSaid = said && said->kind != Kind::Null;
    prefix = isSaid ? files.config->boolean(files.config->root, "add_prefix_space", true) : Result<bool>(true);
    legacy = files.config->boolean(files.config->root, "legacy", false);
  }
  if (!prefix || !legacy) {
    return fail(!prefix ? prefix : legacy);
  }
  using Prefix = SplitStep::Prefix;
  PipelineParts parts;
  parts.splitter = WordSplitter({{.kind = SplitStep::Kind::Metaspace,
                                  .prefix = !*prefix  ? Prefix::Never
                                            : *legacy ? Prefix::Always
                                                      : Prefix::First,
                                  .splits = false,
                                  .replacement = "\u2581"}});
  return parts;
}

/// As GPT-2's and RoBERTa's classes cut.
Result<PipelineParts> byteParts(const TokenizerFiles &files, const TokenizerClass &reader) {
  PipelineParts parts;
  bool prefix = false;
  bool trim = true;
  if (files.config) {
    const Result<bool> saidPrefix = files.config->boolean(files.config->root, "add_prefix_space", false);
    const Result<bool> saidTrim = files.config->boolean(files.config->root, "trim_offsets", true);
    if (!saidPrefix || !saidTrim) {
      return fail(!saidPrefix ? saidPrefix : saidTrim);
    }
    prefix = *saidPrefix;
    trim = *saidTrim;
  }
  using Prefix = SplitStep::Prefix;
  parts.splitter = WordSplitter(
      {{.kind = SplitStep::Kind::ByteLevel, .prefix = prefix ? Prefix::Always : Prefix::Never, .splits = true}});
  if (reader.takesFilesForm && files.serialized) {
    Result<std::vector<OffsetTrim>> trims = readOffsetTrims(*files.serialized);
    if (!trims) {
      return fail(trims);
    }
    parts.trims = std::move(*trims);
  } else if (!reader.takesFilesForm && trim) {
    parts.trims = {{prefix}};
  }
  return parts;
}

Result<PipelineParts> serializedParts(const JsonFile &file, bool bytes, std::vector<std::string> &notes) {
  PipelineParts parts;
  Result<TextNormalizer> normalizer = readTextNormalizer(file, notes);
  Result<std::vector<SplitStep>> steps = normalizer ? readSplitSteps(file, notes) : fail(normalizer);
  Result<std::vector<OffsetTrim>> trims = steps ? readOffsetTrims(file) : fail(steps);
  if (!trims) {
    return fail(trims);
  }
  const bool makesBytes = !steps->empty() && steps->back().kind == SplitStep::Kind::ByteLevel;
  if (makesBytes != bytes) {
    const JsonNode *node = file.root.find("pre_tokenizer");
    return file.wrong(node ? *node : file.root, "pre_tokenizer",
                      bytes ? "ByteLevel, or a Sequence that ends with it" : "none that makes bytes",
                      node ? describe(*node) : "none");
  }
  parts.normalizer = std::move(*normalizer);
  parts.splitter = WordSplitter(std::move(*steps));
  parts.trims = std::move(*trims);
  noteRootKeys(file, notes);
  return parts;
}

constexpr std::array<std::string_view, 5> characterKeys{"do_lower_case", "add_prefix_space", "legacy",
                                                        "sp_model_kwargs", "use_default_system_prompt"};

/// How a class, or a SentencePiece file by itself, cuts text.
Result<PipelineParts> partsWithoutJson(const TokenizerFiles &files, const TokenizerClass *reader) {
  if (!reader) {
    return readPieceParts(files);
  }
  return reader->kind == "byte_bpe" ? byteParts(files, *reader)
         : reader->pieceFile        ? wholeParts(files)
                                    : Result<PipelineParts>(gptParts());
}

Result<BpeOptions> optionsOf(const TokenizerFiles &files, const FolderSettings &folder,
                             std::vector<std::string> &notes) {
  if (!folder.reader && files.serialized) {
    return serializedOptions(*files.serialized, *files.serialized->root.find("model"), notes);
  }
  if (!folder.reader) {
    const PieceFile &file = *files.pieces;
    const bool hasWhole = std::ranges::count(file.pieces, PieceFile::Kind::UserDefined, &PieceFile::Piece::kind) > 0;
    return BpeOptions{
        .unknown = file.unknown.text, .fuseUnknown = true, .byteFallback = file.byteFallback, .ignoreMerges = hasWhole};
  }
  if (folder.reader->pieceFile) {
    return BpeOptions{.fuseUnknown = true, .byteFallback = true};
  }
  return folder.reader->kind == "byte_bpe" ? BpeOptions()
                                           : BpeOptions{.unknown = folder.unknown, .continuing = "", .ending = "</w>"};
}

/// How a kind reads.
struct Reading {
  ReaderKind kind;
  bool bytes;
};

Result<std::shared_ptr<const Tokenizer>> read(const TokenizerSource &source, const Reading &how,
                                              std::vector<std::string> &notes) {
  const TokenizerFiles &files = source.files;
  Result<std::vector<BpeMerge>> merges = mergesOf(files, source.vocabulary);
  Result<FolderSettings> folder = merges ? readSettings(source, how.kind, notes) : fail(merges);
  if (!folder) {
    return fail(folder);
  }
  Result<PipelineParts> parts = !folder->reader && files.serialized
                                    ? serializedParts(*files.serialized, how.bytes, notes)
                                    : partsWithoutJson(files, folder->reader);
  Result<BpeOptions> options = optionsOf(files, *folder, notes);
  if (!parts || !options) {
    return !parts ? fail(parts) : fail(options);
  }
  options->bytes = how.bytes;
  Result<std::shared_ptr<const Bpe>> model = Bpe::create(source.vocabulary, *merges, *options);
  if (!model) {
    return fail(model);
  }
  const int missing = how.bytes && options->unknown.empty() ? (*model)->missingBytes() : 0;
  if (missing > 0) {
    notes.push_back(fmt::format("{}: {} of the 256 bytes have no token and vanish from texts, as by Transformers",
                                source.vocabulary.name(), missing));
  } else if (!how.bytes && options->unknown.empty() && !options->byteFallback) {
    notes.push_back(fmt::format("{}: no unknown token: characters that have none vanish from texts, as by Transformers",
                                source.vocabulary.name()));
  }
  parts->kind = how.kind.name;
  parts->modelIdentity = (*model)->identity();
  parts->model = std::move(*model);
  return Pipeline::create(source.vocabulary, std::move(*parts), std::move(folder->settings), options->unknown);
}

} // namespace

Result<std::shared_ptr<const Tokenizer>> readByteBpe(const TokenizerSource &source, std::vector<std::string> &notes) {
  return read(source, {{"byte_bpe", byteKeys}, true}, notes);
}

Result<std::shared_ptr<const Tokenizer>> readBpe(const TokenizerSource &source, std::vector<std::string> &notes) {
  return read(source, {{"bpe", characterKeys}, false}, notes);
}

} // namespace clew
