// The kind `words`: each word is a token of a list, or unknown. Words are what stands between white space, or what tokenizer.json says.
#include "runtime/text/PipelineReader.h"
#include "runtime/text/PipelineReaders.h"

#include <array>
#include <string_view>
#include <utility>

namespace clew {
namespace {

constexpr std::array<std::string_view, 1> ownKeys{"do_lower_case"};

class WordList final : public PieceModel {
public:
  WordList(Vocabulary vocabulary, int32_t unknown) : vocabulary(std::move(vocabulary)), unknown(unknown) {}

  void cut(std::string_view word, std::vector<Piece> &out) const override {
    const int32_t id = vocabulary.find(word);
    out.push_back({id < 0 ? unknown : id, static_cast<uint32_t>(word.size())});
  }

private:
  Vocabulary vocabulary;
  int32_t unknown;
};

/// As tokenizer_config.json says: between white space, in lower case or not.
Result<PipelineParts> configuredParts(const TokenizerFiles &files) {
  PipelineParts parts;
  parts.splitter = WordSplitter({{.kind = SplitStep::Kind::WhitespaceSplit}});
  const Result<bool> lower =
      files.config ? files.config->boolean(files.config->root, "do_lower_case", false) : Result<bool>(false);
  if (!lower) {
    return fail(lower);
  }
  if (*lower) {
    parts.normalizer = TextNormalizer({{.kind = NormalizerStep::Kind::Lowercase}});
  }
  return parts;
}

Result<PipelineParts> serializedParts(const JsonFile &file, std::vector<std::string> &notes) {
  Result<PipelineParts> parts = readCharacterParts(file, notes);
  if (!parts) {
    return parts;
  }
  noteOthers(file, *file.root.find("model"), "model", {"type", "unk_token", "vocab"}, notes);
  noteRootKeys(file, notes);
  return parts;
}

} // namespace

Result<std::shared_ptr<const Tokenizer>> readWords(const TokenizerSource &source, std::vector<std::string> &notes) {
  const TokenizerFiles &files = source.files;
  Result<FolderSettings> folder = readSettings(source, {"words", ownKeys}, notes);
  if (!folder) {
    return fail(folder);
  }
  Result<PipelineParts> parts = folder->serialized ? serializedParts(*files.serialized, notes) : configuredParts(files);
  Result<std::string> unknown = folder->unknown;
  if (folder->serialized && parts) {
    unknown = files.serialized->text(*files.serialized->root.find("model"), "model.unk_token", "");
  }
  if (!parts || !unknown) {
    return !parts ? fail(parts) : fail(unknown);
  }
  const int32_t id = source.vocabulary.find(*unknown);
  if (id < 0) {
    return fail(ErrorKind::BadInput,
                "expected a token for unknown words (unk_token of tokenizer_config.json names it), found no '" +
                    *unknown + "' in the vocabulary",
                source.vocabulary.name());
  }
  parts->kind = "words";
  parts->model = std::make_shared<WordList>(source.vocabulary, id);
  return Pipeline::create(source.vocabulary, std::move(*parts), std::move(folder->settings), *unknown);
}

} // namespace clew
