// See SettingsReader.h. Every key of tokenizer_config.json is obeyed, listed here as without effect on ids, refused, or noted.
#include "runtime/text/SettingsReader.h"

#include "runtime/text/AddedTokenReader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>

namespace clew {
namespace {

using Kind = JsonNode::Kind;

/// Read in this file or beside the special tokens.
constexpr std::array<std::string_view, 10> obeyedKeys{"tokenizer_class",      "added_tokens_decoder",
                                                      "extra_special_tokens", "additional_special_tokens",
                                                      "model_max_length",     "max_len",
                                                      "model_input_names",    "split_special_tokens",
                                                      "truncation_side",      "model_specific_special_tokens"};
/// Say nothing of a text's ids: what padding, decoding, chats, files and their places are like.
constexpr std::array<std::string_view, 33> idleKeys{"add_bos_token",
                                                    "add_eos_token",
                                                    "add_prefix_space",
                                                    "backend",
                                                    "chat_template",
                                                    "clean_up_tokenization_spaces",
                                                    "files_loaded",
                                                    "from_slow",
                                                    "full_tokenizer_file",
                                                    "is_local",
                                                    "legacy",
                                                    "local_files_only",
                                                    "max_length",
                                                    "name_or_path",
                                                    "pad_to_multiple_of",
                                                    "pad_token_type_id",
                                                    "padding",
                                                    "padding_side",
                                                    "processor_class",
                                                    "response_schema",
                                                    "response_template",
                                                    "return_attention_mask",
                                                    "return_token_type_ids",
                                                    "special_tokens_map_file",
                                                    "stride",
                                                    "tokenizer_file",
                                                    "trim_offsets",
                                                    "truncation",
                                                    "truncation_strategy",
                                                    "use_fast",
                                                    "verbose",
                                                    "vocab_file",
                                                    "vocab_size"};
/// Transformers would take what they hold in place of what we read.
constexpr std::array<std::string_view, 5> refusedKeys{"vocab", "merges", "tokenizer_object", "fast_tokenizer_files",
                                                      "init_inputs"};

/// Classes of Transformers 5 that are BertTokenizer by another name; with "Fast" behind it or not.
struct BertClass {
  std::string_view name;
  bool readsSegments;
};
constexpr std::array<BertClass, 7> bertClasses{{{"BertTokenizer", true},
                                                {"DistilBertTokenizer", false},
                                                {"ElectraTokenizer", true},
                                                {"LayoutLMTokenizer", true},
                                                {"LxmertTokenizer", true},
                                                {"MobileBertTokenizer", true},
                                                {"SqueezeBertTokenizer", true}}};
constexpr std::array<std::string_view, 3> serializedClasses{"TokenizersBackend", "PreTrainedTokenizerFast",
                                                            "PreTrainedTokenizer"};
/// `model_type` of config.json for which Transformers takes BertTokenizer when no class is named.
constexpr std::array<std::string_view, 26> bertModels{
    "align",          "bark",         "bert",          "blip",
    "bros",           "chinese_clip", "convbert",      "distilbert",
    "electra",        "ernie",        "flava",         "git",
    "grounding-dino", "layoutlm",     "megatron-bert", "mm-grounding-dino",
    "mobilebert",     "nezha",        "nomic_bert",    "qdqbert",
    "realm",          "retribert",    "squeezebert",   "tvp",
    "vilt",           "visual_bert"};

template <typename Names> bool isOne(const Names &names, std::string_view key) {
  return std::ranges::find(names, key) != std::end(names);
}

class SettingsReader {
public:
  SettingsReader(const TokenizerSource &source, std::span<const std::string_view> ownKeys,
                 std::vector<std::string> &notes)
      : source(source), files(source.files), ownKeys(ownKeys), notes(notes) {}

  Result<FolderSettings> read() {
    for (const auto step : {&SettingsReader::checkKeys, &SettingsReader::readClass, &SettingsReader::readTokens,
                            &SettingsReader::readInputs, &SettingsReader::readLongest, &SettingsReader::checkSide,
                            &SettingsReader::readRowForm}) {
      if (Result<void> done = (this->*step)(); !done) {
        return fail(done);
      }
    }
    return std::move(found);
  }

private:
  const JsonNode *inConfig(std::string_view key) const { return files.config ? files.config->root.find(key) : nullptr; }

  Result<void> checkKeys() {
    if (!files.config) {
      return {};
    }
    for (const auto &[key, value] : files.config->root.entries) {
      if (isOne(refusedKeys, key) && value.kind != Kind::Null && !(value.items.empty() && value.entries.empty())) {
        return files.config->wrong(value, key, "no such key", describe(value));
      }
      if (!isOne(obeyedKeys, key) && !isOne(idleKeys, key) && !isOne(refusedKeys, key) && !isOne(ownKeys, key) &&
          !key.ends_with("_token")) {
        notes.push_back(
            fmt::format("{}:{}: the key '{}' is not known and is not read", files.config->path, value.line, key));
      }
    }
    return {};
  }

  /// Which class of Transformers reads the folder.
  Result<void> readClass() {
    const JsonFile *file = files.config && inConfig("tokenizer_class") ? &*files.config
                           : files.model                               ? &*files.model
                                                                       : nullptr;
    const JsonNode *node = file ? file->root.find("tokenizer_class") : nullptr;
    if (!node || node->kind == Kind::Null) {
      const JsonNode *type = files.model ? files.model->root.find("model_type") : nullptr;
      found.serialized = files.serialized && !(type && isOne(bertModels, type->text));
      found.settings.readsSegments = !found.serialized;
      return {};
    }
    std::string_view name = node->text;
    if (name != "PreTrainedTokenizerFast" && name.ends_with("Fast")) {
      name.remove_suffix(4);
    }
    const auto bert = std::ranges::find(bertClasses, name, &BertClass::name);
    found.serialized = isOne(serializedClasses, name);
    found.settings.readsSegments = bert != bertClasses.end() && bert->readsSegments;
    if (node->kind != Kind::Text || (bert == bertClasses.end() && !found.serialized)) {
      return file->wrong(*node, "tokenizer_class", "BertTokenizer, one of its kin, or TokenizersBackend");
    }
    if (found.serialized && !files.serialized) {
      return file->wrong(*node, "tokenizer_class", "a tokenizer.json beside it, which this class reads", "none");
    }
    return {};
  }

  Result<void> readTokens() {
    const Result<SpecialTokens> special = readSpecialTokens(files, !found.serialized);
    if (!special) {
      return fail(special);
    }
    Result<std::vector<AddedToken>> added = readAddedTokens(files, source.vocabulary, *special, found.serialized);
    if (!added) {
      return fail(added);
    }
    found.settings.added = std::move(*added);
    for (const auto &[key, role] :
         {std::pair("unk_token", "[UNK]"), std::pair("sep_token", "[SEP]"), std::pair("pad_token", "[PAD]"),
          std::pair("cls_token", "[CLS]"), std::pair("mask_token", "[MASK]"), std::pair("bos_token", "[BOS]"),
          std::pair("eos_token", "[EOS]")}) {
      if (const StatedToken *token = special->find(key)) {
        found.settings.roles.emplace_back(role, token->token.content);
      }
    }
    if (const StatedToken *unknown = special->find("unk_token")) {
      found.unknown = unknown->token.content;
      if (!found.serialized && unknown->at && source.vocabulary.find(found.unknown) < 0) {
        return unknown->file->wrong(*unknown->at, "unk_token", "a token of the vocabulary", "'" + found.unknown + "'");
      }
    }
    noteUnread(*special);
    return {};
  }

  /// What a file says in vain, because Transformers does not read it where another speaks.
  void noteUnread(const SpecialTokens &special) {
    if (!inConfig("added_tokens_decoder")) {
      return;
    }
    for (const JsonEntry &entry : files.specialTokens ? files.specialTokens->root.entries : std::vector<JsonEntry>()) {
      const StatedToken *token = special.find(entry.key);
      const JsonNode *content = entry.value.kind == Kind::Object ? entry.value.find("content") : &entry.value;
      if (token && content && content->kind == Kind::Text && content->text != token->token.content) {
        notes.push_back(fmt::format("{}:{}: {} is '{}' in tokenizer_config.json, which is read",
                                    files.specialTokens->path, entry.value.line, entry.key, token->token.content));
      }
    }
    const JsonNode *list =
        files.serialized && !found.serialized ? files.serialized->root.find("added_tokens") : nullptr;
    for (const JsonNode &item : list ? list->items : std::vector<JsonNode>()) {
      const JsonNode *content = item.find("content");
      if (content &&
          std::ranges::find(found.settings.added, content->text, &AddedToken::content) == found.settings.added.end()) {
        notes.push_back(fmt::format(
            "{}:{}: the added token '{}' is not in tokenizer_config.json's added_tokens_decoder, which is read",
            files.serialized->path, item.line, content->text));
      }
    }
  }

  Result<void> readInputs() {
    if (const JsonNode *names = inConfig("model_input_names"); names && names->kind != Kind::Null) {
      if (names->kind != Kind::Array) {
        return files.config->wrong(*names, "model_input_names", "a list of names");
      }
      found.settings.readsSegments =
          std::ranges::any_of(names->items, [](const JsonNode &name) { return name.text == "token_type_ids"; });
    }
    if (files.config) {
      const Result<bool> split = files.config->boolean(files.config->root, "split_special_tokens", false);
      if (!split) {
        return fail(split);
      }
      found.settings.splitSpecial = *split;
    }
    return {};
  }

  /// Numbers as large as 1e30 stand for "no limit".
  Result<void> readLongest() {
    for (const char *key : {"model_max_length", "max_len"}) {
      const JsonNode *node = inConfig(key);
      if (!node || node->kind == Kind::Null) {
        continue;
      }
      const double value = std::strtod(node->text.c_str(), nullptr);
      if ((node->kind != Kind::Integer && node->kind != Kind::Real) || !(value >= 1) ||
          (value < INT32_MAX && value != std::floor(value))) {
        return files.config->wrong(*node, key, "a number of tokens");
      }
      found.settings.longest = value < INT32_MAX ? static_cast<int64_t>(value) : 0;
      return {};
    }
    return {};
  }

  /// Rows that are too long are cut at their end, never at their start.
  Result<void> checkSide() {
    const JsonNode *side = inConfig("truncation_side");
    if (side && side->text != "right") {
      return files.config->wrong(*side, "truncation_side", "'right'");
    }
    const JsonNode *truncation = files.serialized ? files.serialized->root.find("truncation") : nullptr;
    if (!truncation || truncation->kind == Kind::Null) {
      return {};
    }
    if (const JsonNode *direction = truncation->find("direction"); direction && direction->text != "Right" && !side) {
      return files.serialized->wrong(*direction, "truncation.direction", "'Right'");
    }
    notes.push_back(
        fmt::format("{}:{}: truncation is not obeyed, as by Transformers: tasks and model_max_length cut rows",
                    files.serialized->path, truncation->line));
    return {};
  }

  /// The model's form with the tokens that have its roles here.
  TextTemplate named(TextTemplate pieces) const {
    const auto &roles = found.settings.roles;
    for (TextPiece &piece : pieces) {
      const auto role = std::ranges::find(roles, piece.token, &std::pair<std::string, std::string>::first);
      piece.token = role == roles.end() ? piece.token : role->second;
    }
    return pieces;
  }

  /// As it is read: without segments where they are not.
  std::string shown(TextTemplate pieces) const {
    for (TextPiece &piece : pieces) {
      piece.segment = found.settings.readsSegments ? piece.segment : 0;
    }
    return render(pieces);
  }

  Result<void> readRowForm() {
    TextForm &form = found.settings.form;
    form = source.form;
    form.single = named(form.single);
    form.pair = named(form.pair);
    if (!files.serialized) {
      return {};
    }
    const JsonNode *processor = files.serialized->root.find("post_processor");
    const JsonNode &at = processor ? *processor : files.serialized->root;
    Result<TextForm> folder = readForm(*files.serialized);
    const bool isSame =
        folder && shown(folder->single) == shown(form.single) && shown(folder->pair) == shown(form.pair);
    if (!found.serialized) {
      if (processor && processor->kind != Kind::Null && !isSame) {
        notes.push_back(fmt::format("{}:{}: post_processor is not read, as by Transformers: rows are '{}'",
                                    files.serialized->path, at.line, shown(form.single)));
      }
      return {};
    }
    if (!folder) {
      return fail(folder);
    }
    if (form.stated && !isSame) {
      return files.serialized->wrong(at, "post_processor",
                                     fmt::format("the model's form '{}', '{}'", shown(form.single), shown(form.pair)),
                                     fmt::format("'{}', '{}'", shown(folder->single), shown(folder->pair)));
    }
    if (!form.stated) {
      form.single = std::move(folder->single);
      form.pair = std::move(folder->pair);
    }
    return {};
  }

  const TokenizerSource &source;
  const TokenizerFiles &files;
  std::span<const std::string_view> ownKeys;
  std::vector<std::string> &notes;
  FolderSettings found;
};

} // namespace

Result<FolderSettings> readSettings(const TokenizerSource &source, std::span<const std::string_view> ownKeys,
                                    std::vector<std::string> &notes) {
  return SettingsReader(source, ownKeys, notes).read();
}

} // namespace clew
