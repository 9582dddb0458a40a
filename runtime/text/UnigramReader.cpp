// What a checkpoint's tokenizer.json, or its SentencePiece file, says of the kind `unigram`. Where a class reads a folder (ALBERT's, XLNet's,
// T5's, XLM-R's), it and tokenizer_config.json say how text is normalized and cut; else the file decides all.
#include "runtime/text/PieceReader.h"
#include "runtime/text/PipelineReader.h"
#include "runtime/text/PipelineReaders.h"
#include "runtime/text/Unigram.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace clew {
namespace {

using Kind = JsonNode::Kind;
using Step = NormalizerStep::Kind;

constexpr std::array<std::string_view, 9> ownKeys{"do_lower_case",    "keep_accents",    "remove_space",
                                                  "add_prefix_space", "sp_model_kwargs", "trim_offsets",
                                                  "unk_id",           "legacy",          "extra_ids"};

/// What a class does of itself, and which keys of tokenizer_config.json it asks for.
struct ClassRules {
  std::string_view name;
  bool cleans;       ///< quotes become one character, accents go
  bool lowers;       ///< unless do_lower_case says otherwise; asked for where it cleans
  bool asksAccents;  ///< keep_accents
  bool asksPrefix;   ///< add_prefix_space
  int64_t unknownId; ///< of the unknown token; -1: unk_id, of the SentencePiece file or tokenizer_config.json, or 0
};
constexpr std::array classRules{ClassRules{"AlbertTokenizer", true, true, true, true, 1},
                                ClassRules{"XLNetTokenizer", true, false, false, false, -1},
                                ClassRules{"T5Tokenizer", false, false, false, false, 2},
                                ClassRules{"XLMRobertaTokenizer", false, false, false, true, 3}};

const ClassRules &rulesOf(const TokenizerClass &reader) {
  return *std::ranges::find(classRules, reader.name, &ClassRules::name);
}

Result<std::vector<NormalizerStep>> cleaningSteps(const TokenizerFiles &files, const ClassRules &rules) {
  std::vector<NormalizerStep> steps;
  if (!rules.cleans) {
    return steps;
  }
  Result<bool> lower = rules.lowers;
  Result<bool> accents = false;
  if (files.config) {
    lower = files.config->boolean(files.config->root, "do_lower_case", rules.lowers);
    accents = files.config->boolean(files.config->root, "keep_accents", false);
  }
  if (!lower || !accents) {
    return fail(!lower ? lower : accents);
  }
  steps.push_back({.kind = Step::Replace, .pattern = "``", .content = "\""});
  steps.push_back({.kind = Step::Replace, .pattern = "''", .content = "\""});
  if (!*accents || !rules.asksAccents) {
    steps.push_back({.kind = Step::DecomposeCompatibly});
    steps.push_back({.kind = Step::StripAccents});
  }
  if (*lower) {
    steps.push_back({.kind = Step::Lowercase});
  }
  return steps;
}

/// The table of characters of the file that gives the vocabulary.
Result<std::shared_ptr<const Charsmap>> charsmapOf(const TokenizerFiles &files, std::vector<std::string> &notes) {
  if (files.serialized) {
    return readCharsmap(*files.serialized, notes);
  }
  if (files.pieces->charsmap.empty()) {
    return std::shared_ptr<const Charsmap>();
  }
  Result<Charsmap> map = Charsmap::read(files.pieces->charsmap, files.pieces->path);
  if (!map) {
    return fail(map);
  }
  return std::make_shared<const Charsmap>(std::move(*map));
}

/// The steps of a class; the table of characters is the file's.
Result<PipelineParts> configuredParts(const TokenizerFiles &files, const TokenizerClass &reader,
                                      std::vector<std::string> &notes) {
  const ClassRules &rules = rulesOf(reader);
  Result<bool> prefix = true;
  if (files.config && rules.asksPrefix) {
    prefix = files.config->boolean(files.config->root, "add_prefix_space", true);
  }
  Result<std::vector<NormalizerStep>> cleaning = prefix ? cleaningSteps(files, rules) : fail(prefix);
  Result<std::shared_ptr<const Charsmap>> map = cleaning ? charsmapOf(files, notes) : fail(cleaning);
  if (!map) {
    return fail(map);
  }
  std::vector<NormalizerStep> steps = std::move(*cleaning);
  if (*map) {
    steps.push_back({.kind = Step::Precompiled, .charsmap = std::move(*map)});
  }
  PipelineParts parts;
  parts.normalizer = TextNormalizer(std::move(steps));
  using Prefix = SplitStep::Prefix;
  parts.splitter = WordSplitter({{.kind = SplitStep::Kind::WhitespaceSplit},
                                 {.kind = SplitStep::Kind::Metaspace,
                                  .prefix = *prefix ? Prefix::Always : Prefix::Never,
                                  .splits = true,
                                  .replacement = "\u2581"}});
  return parts;
}

Result<PipelineParts> serializedParts(const JsonFile &file, std::vector<std::string> &notes) {
  Result<PipelineParts> parts = readCharacterParts(file, notes);
  if (!parts) {
    return parts;
  }
  Result<std::vector<OffsetTrim>> trims = readOffsetTrims(file);
  if (!trims) {
    return fail(trims);
  }
  parts->trims = std::move(*trims);
  noteRootKeys(file, notes);
  return parts;
}

/// The id of the unknown token that a class takes.
Result<int64_t> classUnknownId(const TokenizerFiles &files, const TokenizerClass &reader) {
  const int64_t fixed = rulesOf(reader).unknownId;
  if (fixed >= 0) {
    return fixed;
  }
  if (files.pieces) {
    return files.pieces->unknown.id;
  }
  const JsonNode *id = files.config ? files.config->root.find("unk_id") : nullptr;
  if (id && id->kind != Kind::Integer) {
    return files.config->wrong(*id, "unk_id", "an id");
  }
  return id ? id->integer : 0;
}

/// Whether unknown texts are bytes: not where a class reads the folder.
Result<bool> byteFallback(const TokenizerFiles &files, const TokenizerClass *reader) {
  if (reader) {
    return false;
  }
  return files.pieces ? Result<bool>(files.pieces->byteFallback)
                      : files.serialized->boolean(*files.serialized->root.find("model"), "model.byte_fallback", false);
}

/// The id of the unknown token of a tokenizer.json that decides by itself.
Result<int64_t> unknownId(const JsonFile &file, std::vector<std::string> &notes) {
  const JsonNode &model = *file.root.find("model");
  const JsonNode *id = model.find("unk_id");
  if (!id || id->kind != Kind::Integer) {
    return file.wrong(id ? *id : model, "model.unk_id", "an id", id ? describe(*id) : "none");
  }
  noteOthers(file, model, "model", {"type", "unk_id", "vocab", "byte_fallback"}, notes);
  return id->integer;
}

} // namespace

Result<std::shared_ptr<const Tokenizer>> readUnigram(const TokenizerSource &source, std::vector<std::string> &notes) {
  const TokenizerFiles &files = source.files;
  if (!(files.serialized || files.pieces) || files.scores.empty()) {
    return fail(ErrorKind::BadInput,
                "expected a tokenizer.json of the model Unigram, or a SentencePiece file of unigrams, found none",
                files.folder);
  }
  Result<FolderSettings> folder = readSettings(source, {"unigram", ownKeys}, notes);
  if (!folder) {
    return fail(folder);
  }
  Result<PipelineParts> parts = folder->reader ? configuredParts(files, *folder->reader, notes)
                                : files.pieces ? readPieceParts(files)
                                               : serializedParts(*files.serialized, notes);
  const Result<int64_t> unknown = !parts           ? fail(parts)
                                  : folder->reader ? classUnknownId(files, *folder->reader)
                                  : files.pieces   ? Result<int64_t>(files.pieces->unknown.id)
                                                   : unknownId(*files.serialized, notes);
  if (!unknown) {
    return fail(unknown);
  }
  const Result<bool> fallsBack = byteFallback(files, folder->reader);
  if (!fallsBack) {
    return fail(fallsBack);
  }
  Result<std::shared_ptr<const Unigram>> model = Unigram::create(source.vocabulary, files.scores, *unknown, *fallsBack);
  if (!model) {
    return fail(model);
  }
  parts->kind = "unigram";
  parts->modelIdentity = (*model)->identity();
  parts->model = std::move(*model);
  const std::string token(source.vocabulary.token(static_cast<int32_t>(*unknown)));
  return Pipeline::create(source.vocabulary, std::move(*parts), std::move(folder->settings), token);
}

} // namespace clew
