// See SettingsReader.h. Every key of tokenizer_config.json is obeyed, listed here as without effect on ids, refused, or noted.
#include "runtime/text/SettingsReader.h"

#include "runtime/text/AddedTokenReader.h"
#include "runtime/text/PieceReader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <utility>

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

template <typename Names> bool isOne(const Names &names, std::string_view key) {
  return std::ranges::find(names, key) != std::end(names);
}

class SettingsReader {
public:
  SettingsReader(const TokenizerSource &source, const ReaderKind &kind, std::vector<std::string> &notes)
      : source(source), files(source.files), kind(kind), notes(notes) {}

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
      if (!isOne(obeyedKeys, key) && !isOne(idleKeys, key) && !isOne(refusedKeys, key) && !isOne(kind.ownKeys, key) &&
          !key.ends_with("_token")) {
        notes.push_back(
            fmt::format("{}:{}: the key '{}' is not known and is not read", files.config->path, value.line, key));
      }
    }
    return {};
  }

  /// Which class of Transformers reads the folder.
  Result<void> readClass() {
    const DeclaredClass declared = declaredClass(files);
    found.serialized = declared.serialized;
    if (declared.isStranger() || (declared.known && declared.known->kind != kind.name)) {
      const JsonFile *file = declared.file;
      const JsonNode *type = file && !declared.node ? file->root.find("model_type") : nullptr;
      return declared.node || !type
                 ? file->wrong(*declared.node, "tokenizer_class", "a class of the kind " + kindAndClasses())
                 : file->wrong(*type, "model_type", "one that is read by the kind " + kindAndClasses());
    }
    if (found.serialized && !files.serialized && !files.pieces) {
      return declared.file->wrong(*declared.node, "tokenizer_class",
                                  "a tokenizer.json or tokenizer.model beside it, which this class reads", "none");
    }
    if (!found.serialized) {
      found.reader = declared.known ? declared.known : defaultClass(kind.name);
      if (!found.reader) {
        return fail(ErrorKind::BadInput, fmt::format("the kind '{}': expected a tokenizer.json, found none", kind.name),
                    files.folder);
      }
    }
    found.settings.readsSegments = !found.serialized && found.reader->readsSegments;
    return {};
  }

  std::string kindAndClasses() const { return fmt::format("'{}' ({})", kind.name, classNames(kind.name)); }

  Result<void> readTokens() {
    const Result<std::vector<std::string>> further = furtherTokens(files, found.reader);
    if (!further) {
      return fail(further);
    }
    const std::vector<DefaultToken> ofPieces = pieceRoles();
    const Result<SpecialTokens> special =
        readSpecialTokens(files, found.reader ? found.reader->tokens : std::span(ofPieces), *further);
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
    const StatedToken *unknown = special->find("unk_token");
    found.unknown = unknown ? unknown->token.content : "";
    if (unknown) {
      if (!found.serialized && unknown->at && source.vocabulary.find(found.unknown) < 0) {
        return unknown->file->wrong(*unknown->at, "unk_token", "a token of the vocabulary", "'" + found.unknown + "'");
      }
    }
    noteUnread(*special);
    return {};
  }

  /// The roles that a SentencePiece file gives its pieces, where nobody else speaks.
  std::vector<DefaultToken> pieceRoles() const {
    std::vector<DefaultToken> roles;
    if (found.serialized && files.pieces) {
      for (const auto &[key, role] : {std::pair("bos_token", &files.pieces->first),
                                      {"eos_token", &files.pieces->last},
                                      {"unk_token", &files.pieces->unknown}}) {
        if (role->id >= 0 && !role->text.empty()) {
          roles.push_back({key, role->text.c_str()});
        }
      }
    }
    return roles;
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
    const bool isFiles = files.serialized && (found.serialized || found.reader->takesFilesForm);
    if (!isFiles && files.pieces && found.serialized) {
      return takeClassForm("A", "A B:1", files.pieces->path);
    }
    if (!isFiles && found.reader && found.reader->single) {
      return takeClassForm(found.reader->single, found.reader->pair,
                           fmt::format("{}: {}", files.folder, found.reader->name));
    }
    if (!files.serialized) {
      return {};
    }
    const JsonNode *processor = files.serialized->root.find("post_processor");
    const JsonNode &at = processor ? *processor : files.serialized->root;
    Result<TextForm> folder = readForm(*files.serialized);
    const bool isSame = folder && isSameForm(*folder);
    if (!isFiles) {
      if (processor && processor->kind != Kind::Null && !isSame) {
        notes.push_back(fmt::format("{}:{}: post_processor is not read, as by Transformers: rows are '{}'",
                                    files.serialized->path, at.line, shown(form.single)));
      }
      return {};
    }
    if (!folder) {
      return fail(folder);
    }
    if (form.stated && !isSame && found.serialized) {
      return files.serialized->wrong(at, "post_processor",
                                     fmt::format("the model's form '{}', '{}'", shown(form.single), shown(form.pair)),
                                     fmt::format("'{}', '{}'", shown(folder->single), shown(folder->pair)));
    }
    takeForm(std::move(*folder), fmt::format("{}:{}: post_processor", files.serialized->path, at.line));
    return {};
  }

  /// What files say of two texts is nothing to a model that reads one.
  bool isSameForm(const TextForm &other) const {
    const TextForm &form = found.settings.form;
    return shown(other.single) == shown(form.single) && (form.pair.empty() || shown(other.pair) == shown(form.pair));
  }

  /// A model that states its form keeps it.
  void takeForm(TextForm other, const std::string &where) {
    TextForm &form = found.settings.form;
    if (!form.stated) {
      form.single = std::move(other.single);
      form.pair = std::move(other.pair);
    } else if (!isSameForm(other)) {
      notes.push_back(fmt::format("{} says the form '{}', the model '{}', which counts", where, shown(other.single),
                                  shown(form.single)));
    }
  }

  /// The form of the class that reads the folder, with the tokens that tokenizer_config.json adds to a bare one.
  Result<void> takeClassForm(std::string single, std::string pair, const std::string &where) {
    if ((isOne(kind.ownKeys, "add_bos_token") || files.pieces) && single == "A" && files.config) {
      const Result<bool> first = files.config->boolean(files.config->root, "add_bos_token", false);
      const Result<bool> last = files.config->boolean(files.config->root, "add_eos_token", false);
      if (!first || !last) {
        return fail(!first ? first : last);
      }
      single = fmt::format("{}A{}", *first ? "[BOS] " : "", *last ? " [EOS]" : "");
      pair = fmt::format("{} {}B:1{}", single, *first ? "[BOS]:1 " : "", *last ? " [EOS]:1" : "");
    }
    Result<TextTemplate> one = parseTemplate(single, false);
    Result<TextTemplate> two = parseTemplate(pair, true);
    if (!one || !two) {
      return fail(!one ? one : two);
    }
    TextForm form;
    form.single = named(std::move(*one));
    form.pair = named(std::move(*two));
    takeForm(std::move(form), where);
    return {};
  }

  const TokenizerSource &source;
  const TokenizerFiles &files;
  ReaderKind kind;
  std::vector<std::string> &notes;
  FolderSettings found;
};

} // namespace

Result<FolderSettings> readSettings(const TokenizerSource &source, const ReaderKind &kind,
                                    std::vector<std::string> &notes) {
  return SettingsReader(source, kind, notes).read();
}

void noteOthers(const JsonFile &file, const JsonNode &object, const std::string &what,
                std::initializer_list<std::string_view> known, std::vector<std::string> &notes) {
  for (const auto &[key, value] : object.entries) {
    if (std::ranges::find(known, key) == known.end()) {
      notes.push_back(
          fmt::format("{}:{}: the key '{}' of {} is not known and is not read", file.path, value.line, key, what));
    }
  }
}

} // namespace clew
