// What a checkpoint's tokenizer.json says of the kind `unigram`. Where ALBERT's or XLNet's class reads a folder, the class and
// tokenizer_config.json say how text is normalized and cut; where TokenizersBackend reads it, tokenizer.json decides all.
#include "runtime/text/PipelineReader.h"
#include "runtime/text/PipelineReaders.h"
#include "runtime/text/Unigram.h"

#include <array>
#include <string_view>
#include <utility>

namespace clew {
namespace {

using Kind = JsonNode::Kind;
using Step = NormalizerStep::Kind;

constexpr std::array<std::string_view, 8> ownKeys{"do_lower_case",   "keep_accents", "remove_space", "add_prefix_space",
                                                  "sp_model_kwargs", "trim_offsets", "unk_id",       "legacy"};

bool isAlbert(const TokenizerClass &reader) { return reader.name == "AlbertTokenizer"; }

/// The steps of ALBERT and XLNet; the table of characters is the file's.
Result<PipelineParts> configuredParts(const TokenizerFiles &files, const TokenizerClass &reader,
                                      std::vector<std::string> &notes) {
  bool lower = isAlbert(reader);
  bool keepsAccents = false;
  bool prefix = true;
  if (files.config) {
    const JsonFile &file = *files.config;
    const Result<bool> saidLower = file.boolean(file.root, "do_lower_case", lower);
    const Result<bool> saidAccents = file.boolean(file.root, "keep_accents", false);
    const Result<bool> saidPrefix = file.boolean(file.root, "add_prefix_space", true);
    for (const Result<bool> *said : {&saidLower, &saidAccents, &saidPrefix}) {
      if (!*said) {
        return fail(*said);
      }
    }
    lower = *saidLower;
    keepsAccents = *saidAccents && isAlbert(reader); // XLNet's class does not ask
    prefix = *saidPrefix || !isAlbert(reader);
    const JsonNode *legacy = file.root.find("legacy");
    if (legacy && !isAlbert(reader) && legacy->kind == Kind::Bool && legacy->integer == 0) {
      return file.wrong(*legacy, "legacy", "true");
    }
  }
  std::vector<NormalizerStep> steps;
  steps.push_back({.kind = Step::Replace, .pattern = "``", .content = "\""});
  steps.push_back({.kind = Step::Replace, .pattern = "''", .content = "\""});
  if (!keepsAccents) {
    steps.push_back({.kind = Step::DecomposeCompatibly});
    steps.push_back({.kind = Step::StripAccents});
  }
  if (lower) {
    steps.push_back({.kind = Step::Lowercase});
  }
  Result<std::shared_ptr<const Charsmap>> map = readCharsmap(*files.serialized, notes);
  if (!map) {
    return fail(map);
  }
  if (*map) {
    steps.push_back({.kind = Step::Precompiled, .charsmap = std::move(*map)});
  }
  PipelineParts parts;
  parts.normalizer = TextNormalizer(std::move(steps));
  using Prefix = SplitStep::Prefix;
  parts.splitter = WordSplitter({{.kind = SplitStep::Kind::WhitespaceSplit},
                                 {.kind = SplitStep::Kind::Metaspace,
                                  .prefix = prefix ? Prefix::Always : Prefix::Never,
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

/// The id of the unknown token: the class's, or the file's.
Result<int64_t> unknownId(const JsonFile &file, const TokenizerClass *reader, std::vector<std::string> &notes) {
  if (reader) {
    return isAlbert(*reader) ? 1 : 0;
  }
  const JsonNode &model = *file.root.find("model");
  const JsonNode *id = model.find("unk_id");
  if (!id || id->kind != Kind::Integer) {
    return file.wrong(id ? *id : model, "model.unk_id", "an id", id ? describe(*id) : "none");
  }
  const Result<bool> fallback = file.boolean(model, "model.byte_fallback", false);
  if (!fallback) {
    return fail(fallback);
  }
  if (*fallback) {
    return file.wrong(model, "model.byte_fallback", "false", "true");
  }
  noteOthers(file, model, "model", {"type", "unk_id", "vocab", "byte_fallback"}, notes);
  return id->integer;
}

} // namespace

Result<std::shared_ptr<const Tokenizer>> readUnigram(const TokenizerSource &source, std::vector<std::string> &notes) {
  const TokenizerFiles &files = source.files;
  if (!files.serialized || files.scores.empty()) {
    return fail(ErrorKind::BadInput, "expected a tokenizer.json of the model Unigram, found none", files.folder);
  }
  Result<FolderSettings> folder = readSettings(source, {"unigram", ownKeys}, notes);
  if (!folder) {
    return fail(folder);
  }
  const JsonFile &file = *files.serialized;
  Result<PipelineParts> parts =
      folder->serialized ? serializedParts(file, notes) : configuredParts(files, *folder->reader, notes);
  const Result<int64_t> unknown = parts ? unknownId(file, folder->reader, notes) : fail(parts);
  if (!unknown) {
    return fail(unknown);
  }
  Result<std::shared_ptr<const Unigram>> model = Unigram::create(source.vocabulary, files.scores, *unknown);
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
