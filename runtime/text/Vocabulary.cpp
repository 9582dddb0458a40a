// Reads vocabularies and finds tokens. Lines are cut as the `tokenizers` package cuts them (at line feeds, without the white space
// that trails), but what it accepts in silence, a token that stands twice, is an error here: it shifts ids by one somewhere.
#include "runtime/text/Vocabulary.h"

#include "runtime/base/MappedFile.h"
#include "runtime/base/Sha256.h"
#include "runtime/text/CodePoints.h"
#include "runtime/text/Utf8.h"

#include <algorithm>
#include <fmt/compile.h>
#include <fmt/format.h>
#include <iterator>
#include <unordered_map>

namespace clew {

struct Vocabulary::Tokens {
  std::string name;
  std::string text; ///< all views point into it
  std::vector<std::string_view> byId;
  std::unordered_map<std::string_view, int32_t> ids; ///< without the empty token
  int32_t entries = 0;
  std::string sha256;

  /// To be called when byId and ids are there.
  Result<void> finish(bool hasEmpty) {
    while (!byId.empty() && byId.back().empty()) {
      byId.pop_back();
    }
    entries = static_cast<int32_t>(ids.size()) + (hasEmpty ? 1 : 0);
    std::string all;
    all.reserve(text.size() + 8 * byId.size());
    for (const std::string_view token : byId) {
      all += fmt::format(FMT_COMPILE("{}:"), token.size());
      all += token;
    }
    Result<std::string> digest = sha256Of(all);
    if (!digest) {
      return fail(digest);
    }
    sha256 = std::move(*digest);
    return {};
  }
};

namespace {

constexpr size_t LongestFile = 16 << 20;
constexpr size_t MostTokens = 1 << 20;
constexpr size_t LongestToken = 1 << 10;

std::string_view withoutTrailingSpace(std::string_view line) {
  while (!line.empty()) {
    size_t start = line.size() - 1;
    while ((static_cast<unsigned char>(line[start]) & 0xC0U) == 0x80U) {
      start--;
    }
    if (!isSpace(decodeUtf8(line.data() + start, line.data() + line.size()).value)) {
      break;
    }
    line = line.substr(0, start);
  }
  return line;
}

std::string place(const std::string &name, size_t line) { return fmt::format("{}:{}", name, line); }

/// The token of a line, which is number `line` from 1.
Result<std::string_view> readToken(std::string_view text, const std::string &name, size_t line) {
  if (line > MostTokens) {
    return fail(ErrorKind::BadInput, fmt::format("a vocabulary has at most {} tokens", MostTokens), place(name, line));
  }
  if (size_t at = firstBrokenByte(text); at != std::string_view::npos) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected UTF-8, found byte 0x{:02x}", static_cast<unsigned char>(text[at])),
                fmt::format("{}:{}:{}", name, line, at + 1));
  }
  std::string_view token = withoutTrailingSpace(text);
  if (token.size() > LongestToken) {
    return fail(ErrorKind::BadInput, fmt::format("a token has at most {} bytes, not {}", LongestToken, token.size()),
                place(name, line));
  }
  return token;
}

} // namespace

Result<Vocabulary> Vocabulary::load(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file) {
    return fail(file);
  }
  if (file->size() > LongestFile) {
    return fail(ErrorKind::BadInput,
                fmt::format("a vocabulary has at most {} bytes, not {}", LongestFile, file->size()), path);
  }
  return parse(std::string(file->text()), path);
}

Result<Vocabulary> Vocabulary::parse(std::string text, const std::string &name) {
  if (text.size() > LongestFile) {
    return fail(ErrorKind::BadInput, fmt::format("a vocabulary has at most {} bytes, not {}", LongestFile, text.size()),
                name);
  }
  auto content = std::make_shared<Tokens>();
  content->name = name;
  content->text = std::move(text);
  std::string_view rest = content->text;
  if (rest.starts_with("\xEF\xBB\xBF")) {
    return fail(ErrorKind::BadInput, "a vocabulary starts with its first token, not with a byte order mark",
                place(name, 1));
  }
  bool hasEmpty = false;
  for (size_t line = 1; !rest.empty(); line++) {
    size_t end = rest.find('\n');
    std::string_view lineText = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    Result<std::string_view> token = readToken(lineText, name, line);
    if (!token) {
      return fail(token);
    }
    content->byId.push_back(*token);
    hasEmpty = hasEmpty || token->empty();
    if (token->empty()) {
      continue;
    }
    auto [entry, isNew] = content->ids.try_emplace(*token, static_cast<int32_t>(line - 1));
    if (!isNew) {
      return fail(ErrorKind::BadInput, fmt::format("token '{}' stands in line {} already", *token, entry->second + 1),
                  place(name, line));
    }
  }
  if (Result<void> done = content->finish(hasEmpty); !done) {
    return fail(done);
  }
  Vocabulary vocabulary;
  vocabulary.tokens = std::move(content);
  return vocabulary;
}

Result<Vocabulary> Vocabulary::of(std::vector<std::pair<std::string, int64_t>> given, const std::string &name) {
  auto content = std::make_shared<Tokens>();
  content->name = name;
  size_t bytes = 0;
  for (const auto &[token, id] : given) {
    if (token.size() > LongestToken || firstBrokenByte(token) != std::string_view::npos) {
      return fail(ErrorKind::BadInput,
                  fmt::format("the token of id {}: expected at most {} bytes of UTF-8", id, LongestToken), name);
    }
    bytes += token.size();
  }
  if (bytes > LongestFile || given.size() > MostTokens) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected at most {} tokens of {} bytes in all, found {} of {}", MostTokens, LongestFile,
                            given.size(), bytes),
                name);
  }
  std::ranges::sort(given, {}, &std::pair<std::string, int64_t>::second);
  if (!given.empty() && (given.front().second < 0 || given.back().second >= static_cast<int64_t>(MostTokens))) {
    const auto &wrong = given.front().second < 0 ? given.front() : given.back();
    return fail(
        ErrorKind::BadInput,
        fmt::format("token '{}': expected an id of 0 to {}, found {}", wrong.first, MostTokens - 1, wrong.second),
        name);
  }
  const auto twice = std::ranges::adjacent_find(given, {}, &std::pair<std::string, int64_t>::second);
  if (twice != given.end()) {
    return fail(
        ErrorKind::BadInput,
        fmt::format("the tokens '{}' and '{}' have one id, {}", twice->first, std::next(twice)->first, twice->second),
        name);
  }
  content->text.reserve(bytes); // views stay
  bool hasEmpty = false;
  for (const auto &[token, id] : given) {
    const size_t start = content->text.size();
    content->text += token;
    content->byId.resize(static_cast<size_t>(id) + 1);
    content->byId.back() = std::string_view(content->text).substr(start);
    hasEmpty = hasEmpty || token.empty();
    if (!token.empty() && !content->ids.try_emplace(content->byId.back(), static_cast<int32_t>(id)).second) {
      return fail(ErrorKind::BadInput, fmt::format("token '{}' stands there twice", token), name);
    }
  }
  if (Result<void> done = content->finish(hasEmpty); !done) {
    return fail(done);
  }
  Vocabulary vocabulary;
  vocabulary.tokens = std::move(content);
  return vocabulary;
}

Vocabulary::Vocabulary() : tokens(std::make_shared<const Tokens>()) {}

int32_t Vocabulary::find(std::string_view token) const {
  auto found = tokens->ids.find(token);
  return found == tokens->ids.end() ? -1 : found->second;
}

std::string_view Vocabulary::token(int32_t id) const { return tokens->byId[static_cast<size_t>(id)]; }
int32_t Vocabulary::size() const { return static_cast<int32_t>(tokens->byId.size()); }
int32_t Vocabulary::entries() const { return tokens->entries; }
const std::string &Vocabulary::sha256() const { return tokens->sha256; }
const std::string &Vocabulary::name() const { return tokens->name; }

} // namespace clew
