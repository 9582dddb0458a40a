// A folder's tokenizer files of every kind, and texts read with what they say.
#include "runtime/text/CharacterBytes.h"
#include "runtime/text/TokenizerClasses.h"
#include "runtime/text/TokenizerTable.h"
#include "suites/data/TextFile.h"
#include "tests/fuzz/Harness.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace clew::fuzz {
namespace {

int32_t idsOf(const Tokenizer &tokenizer) {
  int32_t ids = tokenizer.vocabulary().size();
  for (const AddedToken &token : tokenizer.added()) {
    ids = std::max(ids, token.id + 1);
  }
  return ids;
}

/// Places ascend only where tokens are not trimmed one by one, as those of bytes are: `ascend`.
void expectTokens(const Tokenizer &tokenizer, bool ascend, const std::string &text) {
  Tokens tokens;
  const bool isText = checkUtf8(text, "").has_value();
  const Result<void> encoded = tokenizer.encode(text, tokens);
  const bool gaveUp = !encoded && encoded.error().message.starts_with("a pattern of the tokenizer's takes too much");
  expect(encoded || gaveUp || text.find('\0') != std::string::npos || !isText, "tokens of a text", text);
  if (!encoded) {
    expectText(encoded.error().render());
    return;
  }
  const auto length = countCodePoints(text);
  const int32_t ids = idsOf(tokenizer);
  for (size_t i = 0; i < tokens.size(); ++i) {
    expect(tokens.ids[i] >= 0 && tokens.ids[i] < ids, "ids that there are", text);
    expect(tokens.begins[i] >= 0 && tokens.begins[i] <= tokens.ends[i] && tokens.ends[i] <= length,
           "tokens inside their text", text);
    expect(!ascend || i == 0 || tokens.begins[i - 1] <= tokens.begins[i], "tokens in their order", text);
  }
  const Result<void> characters = tokenizer.encodeCharacters(text, tokens);
  expect((characters && tokens.size() == static_cast<size_t>(length)) ||
             (!characters && characters.error().message.starts_with("a pattern of the")),
         "a token a character", text);
}

using Files = std::map<std::string, std::string>;
using Made = Result<std::shared_ptr<const Tokenizer>>;

/// The kind that the folder declares, else the one that a model would: the part "kind" names it.
Result<const TokenizerKind *> kindOf(const TokenizerFiles &files, const Files &parts) {
  const auto said = declaredKind(files);
  if (!said) {
    return fail(said);
  }
  const auto models = parts.find("kind");
  const bool isCharacters = models != parts.end() && models->second == "characters"; // over WordPiece's vocabulary
  if (*said && !(isCharacters && **said == "wordpiece")) {
    return findTokenizerKind(**said);
  }
  const auto kind = findTokenizerKind(models != parts.end() ? models->second : "wordpiece");
  return kind ? kind : findTokenizerKind("wordpiece");
}

struct Reading {
  bool isWordPiece = false;
  std::optional<Made> made; ///< none where somebody has to name a vocabulary
};

Reading make(const Files &parts, std::vector<std::string> &notes) {
  FileSource source;
  source.folder = "folder";
  source.has = [&](const std::string &name) { return parts.contains(name); };
  source.read = [&](const std::string &name, size_t most) -> Result<std::optional<std::string>> {
    const auto found = parts.find(name);
    if (found == parts.end()) {
      return std::optional<std::string>();
    }
    expect(found->second.size() <= most, "a bound above what is tried");
    return std::optional(found->second);
  };
  const Result<TokenizerFiles> read = TokenizerFiles::read(source, notes);
  const Result<const TokenizerKind *> kind = read ? kindOf(*read, parts) : fail(read);
  if (!kind) {
    return {.made = fail(kind)};
  }
  if (!read->vocabulary) {
    return {};
  }
  const TextForm form;
  return {.isWordPiece = (*kind)->modelType == "WordPiece",
          .made = (*kind)->make({*read, *read->vocabulary, form}, notes)};
}

void run(std::string_view bytes) {
  const Files parts = partsOf(bytes);
  std::vector<std::string> notes;
  const Reading reading = make(parts, notes);
  std::ranges::for_each(notes, [](const std::string &note) { expectText(note); });
  if (!reading.made) {
    return;
  }
  if (!*reading.made) {
    expectRefusal(reading.made->error(), "folder");
    return;
  }
  const Tokenizer &tokenizer = ***reading.made;
  expectTokens(tokenizer, reading.isWordPiece,
               "[CLS] AI 中国 zzz\u0301 caf\u00e9 \u212b\u1100\u1161 \ufb01\u2460\U0001f642 <mask> ``x'' "
               "don't\u3000<|endoftext|>\n\n  42 [MASK]");
  if (const auto text = parts.find("text"); text != parts.end()) {
    expectTokens(tokenizer, reading.isWordPiece, text->second);
    const CharacterBytes::Word word = CharacterBytes::ofWord(text->second);
    expect(std::ranges::all_of(word, [](int32_t id) { return id > 0 && id <= CharacterBytes::Padding; }),
           "ids of bytes", text->second);
  }
}

std::string bytesOf(const std::string &hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::vector<std::string> seeds() {
  const std::string text = "AI the unaffable cat sat 中国! Café \u0130\u0307\u200d ``it's'' <mask>\n";
  std::vector<std::string> all;
  const nlohmann::json golden = nlohmann::json::parse(sourceFile("tests/runtime/text/golden/folders.json"));
  for (const auto &base : golden["bases"]) {
    Files files = {{"text", text}};
    for (const auto &[name, content] : base.items()) {
      files[name] = content.is_string() ? content.get<std::string>() : content.dump(1);
    }
    all.push_back(joined(files));
    files["kind"] = "characters";
    all.push_back(joined(files));
  }
  const nlohmann::json kinds = nlohmann::json::parse(sourceFile("tests/runtime/text/golden/kinds.json"));
  for (const auto &folder : kinds["folders"]) {
    Files files = {{"text", text}, {"kind", "words"}};
    for (const auto &[name, content] : folder["files"].items()) {
      files[name] = content.is_string() ? content.get<std::string>() : bytesOf(content["hex"].get<std::string>());
    }
    all.push_back(joined(files));
  }
  return all;
}

const Harness harness("tokenizer", run, seeds);

} // namespace
} // namespace clew::fuzz
