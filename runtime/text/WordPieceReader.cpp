// See WordPieceReader.h. Where BertTokenizer reads a folder, tokenizer_config.json and BERT's defaults count, and tokenizer.json's
// normalizer and model are not looked at; where TokenizersBackend reads it, only tokenizer.json counts.
#include "runtime/text/WordPieceReader.h"

#include "runtime/text/Characters.h"
#include "runtime/text/SettingsReader.h"
#include "runtime/text/WordCutter.h"
#include "runtime/text/WordPiece.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>

namespace clew {
namespace {

using Kind = JsonNode::Kind;

constexpr std::array<std::string_view, 5> configKeys{"do_lower_case", "strip_accents", "tokenize_chinese_chars",
                                                     "do_basic_tokenize", "never_split"};

/// true, false, or null for `what` (BERT's rule that accents go where case does).
Result<bool> boolOrNull(const JsonFile &file, const JsonNode &object, const std::string &key, const char *name,
                        bool what) {
  const JsonNode *value = object.find(name);
  return value && value->kind == Kind::Null ? Result<bool>(what) : file.boolean(object, key, what);
}

/// As BertTokenizer reads tokenizer_config.json.
Result<WordPieceOptions> configured(const TokenizerFiles &files, const std::string &unknown,
                                    std::vector<std::string> &notes) {
  WordPieceOptions options;
  options.unknown = unknown;
  if (!files.config) {
    return options;
  }
  const JsonFile &file = *files.config;
  const Result<bool> lower = file.boolean(file.root, "do_lower_case", true);
  const Result<bool> chinese = file.boolean(file.root, "tokenize_chinese_chars", true);
  const Result<bool> strip =
      lower ? boolOrNull(file, file.root, "strip_accents", "strip_accents", *lower) : fail(lower);
  if (!chinese || !strip) {
    return fail(!strip ? strip : chinese);
  }
  options.lowercase = *lower;
  options.splitChinese = *chinese;
  options.stripAccents = *strip;
  const JsonNode *basic = file.root.find("do_basic_tokenize");
  const JsonNode *never = file.root.find("never_split");
  for (const auto &[key, node, isSaid] :
       {std::tuple("do_basic_tokenize", basic, basic && !(basic->kind == Kind::Bool && basic->integer)),
        std::tuple("never_split", never, never && !(never->items.empty() && never->kind != Kind::Text))}) {
    if (isSaid) {
      notes.push_back(fmt::format("{}:{}: {} is not obeyed, as by Transformers 5", file.path, node->line, key));
    }
  }
  return options;
}

Result<void> readNormalizer(const JsonFile &file, const JsonNode *node, WordPieceOptions &options,
                            std::vector<std::string> &notes) {
  if (!node || node->kind == Kind::Null) {
    options.cleanText = options.splitChinese = options.lowercase = options.stripAccents = false;
    return {};
  }
  const JsonNode *type = node->find("type");
  if (!type || type->text != "BertNormalizer") {
    return file.wrong(type ? *type : *node, "normalizer.type", "BertNormalizer");
  }
  const Result<bool> clean = file.boolean(*node, "normalizer.clean_text", true);
  const Result<bool> chinese = file.boolean(*node, "normalizer.handle_chinese_chars", true);
  const Result<bool> lower = file.boolean(*node, "normalizer.lowercase", true);
  const Result<bool> strip =
      lower ? boolOrNull(file, *node, "normalizer.strip_accents", "strip_accents", *lower) : fail(lower);
  for (const Result<bool> *said : {&clean, &chinese, &strip}) {
    if (!*said) {
      return fail(*said);
    }
  }
  options.cleanText = *clean;
  options.splitChinese = *chinese;
  options.lowercase = *lower;
  options.stripAccents = *strip;
  noteOthers(file, *node, "normalizer", {"type", "clean_text", "handle_chinese_chars", "lowercase", "strip_accents"},
             notes);
  return {};
}

Result<void> readModel(const JsonFile &file, const JsonNode &model, WordPieceOptions &options,
                       std::vector<std::string> &notes) {
  Result<std::string> unknown = file.text(model, "model.unk_token", "[UNK]");
  Result<std::string> prefix = file.text(model, "model.continuing_subword_prefix", "##");
  if (!unknown || !prefix) {
    return fail(!unknown ? unknown : prefix);
  }
  options.unknown = std::move(*unknown);
  options.continuing = std::move(*prefix);
  if (const JsonNode *longest = model.find("max_input_chars_per_word")) {
    if (longest->kind != Kind::Integer || longest->integer < 1 || longest->integer > WordCutter::LongestWord) {
      return file.wrong(*longest, "model.max_input_chars_per_word", fmt::format("1 to {}", WordCutter::LongestWord));
    }
    options.longestWord = static_cast<int>(longest->integer);
  }
  noteOthers(file, model, "model",
             {"type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab"}, notes);
  return {};
}

/// As the `tokenizers` package reads tokenizer.json.
Result<WordPieceOptions> serialized(const JsonFile &file, std::vector<std::string> &notes) {
  WordPieceOptions options;
  if (Result<void> done = readNormalizer(file, file.root.find("normalizer"), options, notes); !done) {
    return fail(done);
  }
  const JsonNode *words = file.root.find("pre_tokenizer");
  const JsonNode *type = words ? words->find("type") : nullptr;
  if (!type || type->text != "BertPreTokenizer") {
    return file.wrong(type ? *type : words ? *words : file.root, "pre_tokenizer.type", "BertPreTokenizer");
  }
  if (Result<void> done = readModel(file, *file.root.find("model"), options, notes); !done) {
    return fail(done);
  }
  noteOthers(file, file.root, "tokenizer.json",
             {"version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor",
              "decoder", "model"},
             notes);
  return options;
}

/// Where tokenizer.json says otherwise, and is not asked.
void noteUnread(const JsonFile &file, const WordPieceOptions &options, std::vector<std::string> &notes) {
  std::vector<std::string> ignored;
  Result<WordPieceOptions> said = serialized(file, ignored);
  const auto note = [&](bool isSame, const char *what) {
    if (!isSame) {
      notes.push_back(fmt::format(
          "{}: its {} is not read, as by Transformers' BertTokenizer: tokenizer_config.json counts", file.path, what));
    }
  };
  note(said && said->cleanText == options.cleanText && said->splitChinese == options.splitChinese &&
           said->lowercase == options.lowercase && said->stripAccents == options.stripAccents,
       said ? "normalizer" : "normalizer, pre_tokenizer or model");
  note(!said || (said->unknown == options.unknown && said->continuing == options.continuing &&
                 said->longestWord == options.longestWord),
       "model but for its vocab");
}

Result<WordPiece> read(const TokenizerSource &source, std::vector<std::string> &notes) {
  const TokenizerFiles &files = source.files;
  if (files.folder.empty()) {
    return WordPiece::create(source.vocabulary, {}, source.form);
  }
  const JsonNode *model = files.serialized ? files.serialized->root.find("model") : nullptr;
  if (const JsonNode *type = model ? model->find("type") : nullptr; type && type->text != "WordPiece") {
    return files.serialized->wrong(*type, "model.type", "WordPiece");
  }
  Result<FolderSettings> folder = readSettings(source, {"wordpiece", configKeys}, notes);
  if (!folder) {
    return fail(folder);
  }
  Result<WordPieceOptions> options =
      folder->serialized ? serialized(*files.serialized, notes) : configured(files, folder->unknown, notes);
  if (!options) {
    return fail(options);
  }
  if (files.serialized && !folder->serialized) {
    noteUnread(*files.serialized, *options, notes);
  }
  return WordPiece::create(source.vocabulary, std::move(*options), std::move(folder->settings));
}

} // namespace

Result<std::shared_ptr<const Tokenizer>> readWordPiece(const TokenizerSource &source, std::vector<std::string> &notes) {
  Result<WordPiece> made = read(source, notes);
  return made ? Result<std::shared_ptr<const Tokenizer>>(std::make_shared<WordPiece>(std::move(*made))) : fail(made);
}

Result<std::shared_ptr<const Tokenizer>> readCharacters(const TokenizerSource &source,
                                                        std::vector<std::string> &notes) {
  Result<WordPiece> made = read(source, notes);
  return made ? Result<std::shared_ptr<const Tokenizer>>(std::make_shared<Characters>(*made)) : fail(made);
}

} // namespace clew
