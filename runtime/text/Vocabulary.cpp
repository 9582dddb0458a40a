// Reads vocab.txt and finds tokens. Lines are cut as the `tokenizers` package cuts them (at line feeds, without the white space
// that trails), but what it accepts in silence, a token that stands twice, is an error here: it shifts ids by one somewhere.
#include "runtime/text/Vocabulary.h"

#include "runtime/base/MappedFile.h"
#include "runtime/base/Sha256.h"
#include "runtime/text/CodePoints.h"
#include "runtime/text/Utf8.h"

#include <fmt/format.h>
#include <unordered_map>

namespace clew {

struct Vocabulary::Tokens {
  std::string text; ///< the file; all views point into it
  std::vector<std::string_view> byId;
  std::unordered_map<std::string_view, int32_t> ids;
  int32_t unknown = -1;
  int32_t first = -1;
  int32_t separator = -1;
  std::string sha256;
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
  return parse(std::string(reinterpret_cast<const char *>(file->bytes().data()), file->size()), path);
}

Result<Vocabulary> Vocabulary::parse(std::string text, const std::string &name) {
  if (text.size() > LongestFile) {
    return fail(ErrorKind::BadInput, fmt::format("a vocabulary has at most {} bytes, not {}", LongestFile, text.size()),
                name);
  }
  auto content = std::make_shared<Tokens>();
  content->text = std::move(text);
  Result<std::string> digest = sha256Of(content->text);
  if (!digest) {
    return fail(digest);
  }
  content->sha256 = std::move(*digest);
  std::string_view rest = content->text;
  if (rest.starts_with("\xEF\xBB\xBF")) {
    return fail(ErrorKind::BadInput, "a vocabulary starts with its first token, not with a byte order mark",
                place(name, 1));
  }
  for (size_t line = 1; !rest.empty(); line++) {
    size_t end = rest.find('\n');
    std::string_view lineText = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    Result<std::string_view> token = readToken(lineText, name, line);
    if (!token) {
      return fail(token);
    }
    // An empty line is an id that no text gets.
    auto [entry, isNew] = content->ids.try_emplace(*token, static_cast<int32_t>(line - 1));
    if (!isNew && !token->empty()) {
      return fail(ErrorKind::BadInput, fmt::format("token '{}' stands in line {} already", *token, entry->second + 1),
                  place(name, line));
    }
    content->byId.push_back(*token);
  }
  content->ids.erase(std::string_view());
  for (auto [token, id] : {std::pair("[UNK]", &content->unknown), std::pair("[CLS]", &content->first),
                           std::pair("[SEP]", &content->separator)}) {
    auto found = content->ids.find(token);
    if (found == content->ids.end()) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected a token {}, found none in {} lines", token, content->byId.size()), name);
    }
    *id = found->second;
  }
  Vocabulary vocabulary;
  vocabulary.tokens = std::move(content);
  return vocabulary;
}

int32_t Vocabulary::find(std::string_view token) const {
  auto found = tokens->ids.find(token);
  return found == tokens->ids.end() ? -1 : found->second;
}

std::string_view Vocabulary::token(int32_t id) const { return tokens->byId[static_cast<size_t>(id)]; }
int32_t Vocabulary::size() const { return static_cast<int32_t>(tokens->byId.size()); }
int32_t Vocabulary::unknown() const { return tokens->unknown; }
int32_t Vocabulary::first() const { return tokens->first; }
int32_t Vocabulary::separator() const { return tokens->separator; }
const std::string &Vocabulary::sha256() const { return tokens->sha256; }

} // namespace clew
