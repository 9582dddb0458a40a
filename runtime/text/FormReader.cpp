// tokenizer.json's post_processor as a form: BertProcessing, RobertaProcessing, TemplateProcessing, or nothing, alone or with ByteLevel, which
// only moves offsets. Others are refused by name.
#include "runtime/text/SettingsReader.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace clew {
namespace {

using Kind = JsonNode::Kind;
using Piece = TextPiece::Kind;

const std::string key = "post_processor";

/// Refuses a token whose id is not what the file itself says elsewhere; all tokens of forms have one id.
struct FormReader {
  const JsonFile &file;

  Failure wrong(const JsonNode &at, const std::string &path, const std::string &expected) const {
    return file.wrong(at, key + path, expected);
  }

  /// ["[SEP]", 102]
  Result<TextPiece> bertToken(const JsonNode &processor, const char *name) const {
    const JsonNode *pair = processor.find(name);
    const std::string path = fmt::format(".{}", name);
    if (!pair || pair->kind != Kind::Array || pair->items.size() != 2 || pair->items[0].kind != Kind::Text ||
        pair->items[1].kind != Kind::Integer) {
      return wrong(pair ? *pair : processor, path, "a token and its id");
    }
    const std::string &token = pair->items[0].text;
    if (Result<void> same = checkId(pair->items[1], path, token, pair->items[1].integer); !same) {
      return fail(same);
    }
    return TextPiece{Piece::Token, token, 0};
  }

  Result<TextForm> bert(const JsonNode &processor) const {
    const Result<TextPiece> first = bertToken(processor, "cls");
    const Result<TextPiece> end = bertToken(processor, "sep");
    if (!first || !end) {
      return fail(!first ? first : end);
    }
    TextForm form;
    form.single = {*first, {Piece::First, "", 0}, *end};
    form.pair = {*first, {Piece::First, "", 0}, *end, {Piece::Second, "", 1}, {Piece::Token, end->token, 1}};
    return form;
  }

  Result<TextForm> roberta(const JsonNode &processor) const {
    Result<TextForm> form = bert(processor);
    if (form) {
      const TextPiece first = form->single.front();
      const TextPiece end = form->single.back();
      form->pair = {first, {Piece::First, "", 0}, end, end, {Piece::Second, "", 0}, end};
    }
    return form;
  }

  /// special_tokens of a template: {"[CLS]": {"id": "[CLS]", "ids": [101], "tokens": ["[CLS]"]}}.
  Result<std::string> templateToken(const JsonNode &processor, const JsonNode &at, const std::string &name) const {
    const JsonNode *all = processor.find("special_tokens");
    const JsonNode *token = all ? all->find(name) : nullptr;
    const JsonNode *ids = token ? token->find("ids") : nullptr;
    const JsonNode *tokens = token ? token->find("tokens") : nullptr;
    const std::string path = ".special_tokens." + name;
    if (!ids || ids->items.size() != 1 || ids->items[0].kind != Kind::Integer || !tokens || tokens->items.size() != 1 ||
        tokens->items[0].kind != Kind::Text) {
      return wrong(token ? *token : at, path, "one id and one token");
    }
    if (Result<void> same = checkId(ids->items[0], path, tokens->items[0].text, ids->items[0].integer); !same) {
      return fail(same);
    }
    return tokens->items[0].text;
  }

  Result<TextPiece> templatePiece(const JsonNode &processor, const JsonNode &node, const std::string &path) const {
    const JsonNode *special = node.find("SpecialToken");
    const JsonNode *sequence = node.find("Sequence");
    const JsonNode *said = special ? special : sequence;
    const JsonNode *id = said ? said->find("id") : nullptr;
    const JsonNode *segment = said ? said->find("type_id") : nullptr;
    if (!id || id->kind != Kind::Text || !segment || segment->kind != Kind::Integer || segment->integer < 0 ||
        segment->integer > 255) {
      return wrong(node, path, "a SpecialToken or a Sequence with its id and a type_id of 0 to 255");
    }
    TextPiece piece{Piece::Token, "", static_cast<int32_t>(segment->integer)};
    if (sequence) {
      if (id->text != "A" && id->text != "B") {
        return wrong(*id, path + ".id", "A or B");
      }
      piece.kind = id->text == "A" ? Piece::First : Piece::Second;
      return piece;
    }
    Result<std::string> token = templateToken(processor, *id, id->text);
    if (!token) {
      return fail(token);
    }
    piece.token = std::move(*token);
    return piece;
  }

  Result<TextTemplate> templateOf(const JsonNode &processor, const char *name, int64_t second) const {
    const JsonNode *list = processor.find(name);
    const std::string path = fmt::format(".{}", name);
    constexpr size_t most = 16;
    if (!list || list->kind != Kind::Array || list->items.size() > most) {
      return wrong(list ? *list : processor, path, fmt::format("a list of at most {} pieces", most));
    }
    TextTemplate pieces;
    for (const JsonNode &item : list->items) {
      Result<TextPiece> piece = templatePiece(processor, item, path);
      if (!piece) {
        return fail(piece);
      }
      pieces.push_back(std::move(*piece));
    }
    if (std::ranges::count(pieces, Piece::First, &TextPiece::kind) != 1 ||
        std::ranges::count(pieces, Piece::Second, &TextPiece::kind) != second) {
      return file.wrong(*list, key + path, second ? "one A and one B" : "one A and no B", "'" + render(pieces) + "'");
    }
    return pieces;
  }

  Result<TextForm> templates(const JsonNode &processor) const {
    Result<TextTemplate> single = templateOf(processor, "single", 0);
    Result<TextTemplate> pair = single ? templateOf(processor, "pair", 1) : fail(single);
    if (!pair) {
      return fail(pair);
    }
    TextForm form;
    form.single = std::move(*single);
    form.pair = std::move(*pair);
    return form;
  }

  /// A form's token has the id that the vocabulary or added_tokens give it.
  Result<void> checkId(const JsonNode &at, const std::string &path, const std::string &token, int64_t id) const {
    const JsonNode *model = file.root.find("model");
    const JsonNode *vocab = model ? model->find("vocab") : nullptr;
    const JsonNode *known = vocab ? vocab->find(token) : nullptr;
    const bool isPlace = vocab && id >= 0 && static_cast<size_t>(id) < vocab->items.size();
    if (isPlace && !vocab->items[static_cast<size_t>(id)].items.empty() &&
        vocab->items[static_cast<size_t>(id)].items[0].text == token) {
      return {}; // Unigram's list
    }
    if (const JsonNode *added = file.root.find("added_tokens"); !known && added) {
      for (const JsonNode &item : added->items) {
        const JsonNode *content = item.find("content");
        known = content && content->text == token ? item.find("id") : known;
      }
    }
    if (known && known->integer == id) {
      return {};
    }
    return file.wrong(at, key + path,
                      known ? fmt::format("the id {} of '{}'", known->integer, token)
                            : fmt::format("'{}' in the vocabulary", token),
                      std::to_string(id));
  }
};

} // namespace

namespace {

TextForm bareForm() {
  TextForm form;
  form.single = {{Piece::First, "", 0}};
  form.pair = {{Piece::First, "", 0}, {Piece::Second, "", 1}};
  return form;
}

Result<TextForm> formOf(const JsonFile &file, const JsonNode &processor) {
  const FormReader reader{file};
  const Result<std::string> type = file.text(processor, key + ".type", "");
  if (!type) {
    return fail(type);
  }
  if (*type == "BertProcessing") {
    return reader.bert(processor);
  }
  if (*type == "RobertaProcessing") {
    return reader.roberta(processor);
  }
  if (*type == "TemplateProcessing") {
    return reader.templates(processor);
  }
  if (*type == "ByteLevel") {
    return bareForm();
  }
  return file.wrong(processor, key + ".type", "BertProcessing, RobertaProcessing, TemplateProcessing or ByteLevel",
                    "'" + *type + "'");
}

} // namespace

Result<TextForm> readForm(const JsonFile &serialized) {
  const JsonNode *processor = serialized.root.find(key);
  if (!processor || processor->kind == Kind::Null) {
    return bareForm();
  }
  const JsonNode *type = processor->find("type");
  if (!type || type->text != "Sequence") {
    return formOf(serialized, *processor);
  }
  const JsonNode *list = processor->find("processors");
  if (!list || list->kind != Kind::Array) {
    return serialized.wrong(list ? *list : *processor, key + ".processors", "a list of processors");
  }
  std::optional<TextForm> form;
  for (const JsonNode &one : list->items) {
    Result<TextForm> said = formOf(serialized, one);
    if (!said) {
      return said;
    }
    const JsonNode *kind = one.find("type");
    if (kind && kind->text == "ByteLevel") {
      continue;
    }
    if (form) {
      return serialized.wrong(one, key + ".processors", "one that places special tokens", "a second one");
    }
    form = std::move(*said);
  }
  return form ? std::move(*form) : bareForm();
}

} // namespace clew
