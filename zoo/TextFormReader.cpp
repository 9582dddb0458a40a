// The `text` of a model: which tokenizer it reads with, and where special tokens stand round one or two texts.
#include "zoo/SyntaxReader.h"

#include "yaml/YamlFields.h"

namespace clew {
namespace {

TextTemplate templateOf(const YamlNode &node, const std::string &what, bool pair, Diagnostics &diagnostics) {
  const auto text = textOf(node, what, diagnostics);
  if (!text) {
    return {};
  }
  Result<TextTemplate> pieces = parseTemplate(*text, pair);
  if (!pieces) {
    diagnostics.error(node.at, what + ": " + pieces.error().message);
    return {};
  }
  return std::move(*pieces);
}

/// `{most: 50, padding: 7}`.
CharacterForm charactersOf(const YamlNode &node, Diagnostics &diagnostics) {
  constexpr int64_t least = 3; // a character between the marks of a word
  constexpr int64_t largest = 1024;
  CharacterForm form;
  YamlFields fields(node, "'characters'", diagnostics);
  if (const YamlEntry *most = fields.need("most")) {
    form.most = static_cast<int32_t>(intOf(most->value, "'most'", least, largest, diagnostics).value_or(least));
  }
  if (const YamlEntry *padding = fields.find("padding")) {
    form.padding = static_cast<int32_t>(intOf(padding->value, "'padding'", 0, largest, diagnostics).value_or(0));
  }
  fields.finish();
  return form;
}

} // namespace

TextForm readTextForm(const YamlNode &node, Diagnostics &diagnostics) {
  TextForm form;
  form.stated = true;
  form.pair.clear();
  YamlFields fields(node, "'text'", diagnostics);
  if (const YamlEntry *tokenizer = fields.find("tokenizer")) {
    form.tokenizer = textOf(tokenizer->value, "'tokenizer'", diagnostics).value_or("");
  }
  if (const YamlEntry *single = fields.need("single")) {
    form.single = templateOf(single->value, "'single'", false, diagnostics);
  }
  if (const YamlEntry *pair = fields.find("pair")) {
    form.pair = templateOf(pair->value, "'pair'", true, diagnostics);
  }
  if (const YamlEntry *characters = fields.find("characters")) {
    form.characters = charactersOf(characters->value, diagnostics);
  }
  fields.finish();
  return form;
}

} // namespace clew
