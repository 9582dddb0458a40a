// A folder's tokenizer files, and texts read with what they say.
#include "runtime/text/TokenizerTable.h"
#include "suites/data/TextFile.h"
#include "tests/fuzz/Harness.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace clew::fuzz {
namespace {

void expectTokens(const Tokenizer &tokenizer, const std::string &text) {
  Tokens tokens;
  const bool isText = checkUtf8(text, "").has_value();
  const Result<void> encoded = tokenizer.encode(text, tokens);
  expect(encoded || text.find('\0') != std::string::npos || !isText, "tokens of a text", text);
  if (!encoded) {
    expectText(encoded.error().render());
    return;
  }
  const auto length = countCodePoints(text);
  for (size_t i = 0; i < tokens.size(); ++i) {
    expect(tokens.ids[i] >= 0 && tokens.begins[i] >= 0 && tokens.begins[i] <= tokens.ends[i] &&
               tokens.ends[i] <= length,
           "tokens inside their text", text);
    expect(i == 0 || tokens.begins[i - 1] <= tokens.begins[i], "tokens in their order", text);
  }
  expect(tokenizer.encodeCharacters(text, tokens) && tokens.size() == static_cast<size_t>(length),
         "a token a character", text);
}

void run(std::string_view bytes) {
  const std::map<std::string, std::string> files = partsOf(bytes);
  FileSource source;
  source.folder = "folder";
  source.has = [&](const std::string &name) { return files.contains(name); };
  source.read = [&](const std::string &name, size_t most) -> Result<std::optional<std::string>> {
    const auto found = files.find(name);
    if (found == files.end()) {
      return std::optional<std::string>();
    }
    expect(found->second.size() <= most, "a bound above what is tried");
    return std::optional(found->second);
  };
  std::vector<std::string> notes;
  const Result<TokenizerFiles> read = TokenizerFiles::read(source, notes);
  if (read && !read->vocabulary) {
    return; // then somebody has to name one
  }
  const TextForm form;
  const auto tokenizer = read ? (*findTokenizerKind("wordpiece"))->make({*read, *read->vocabulary, form}, notes)
                              : Result<std::shared_ptr<const Tokenizer>>(fail(read));
  std::ranges::for_each(notes, [](const std::string &note) { expectText(note); });
  if (!tokenizer) {
    expectRefusal(tokenizer.error(), "folder");
    return;
  }
  expectTokens(**tokenizer, "[CLS] AI 中国 zzz\u0301 caf\u00e9 \u212b\u1100\u1161 [MASK]");
  if (const auto text = files.find("text"); text != files.end()) {
    expectTokens(**tokenizer, text->second);
  }
}

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  const nlohmann::json golden = nlohmann::json::parse(sourceFile("tests/runtime/text/golden/folders.json"));
  for (const auto &base : golden["bases"]) {
    std::map<std::string, std::string> files = {{"text", "AI the unaffable 中国! Café \u0130\u0307\u200d\n"}};
    for (const auto &[name, content] : base.items()) {
      files[name] = content.is_string() ? content.get<std::string>() : content.dump(1);
    }
    all.push_back(joined(files));
  }
  return all;
}

const Harness harness("tokenizer", run, seeds);

} // namespace
} // namespace clew::fuzz
