// See Pattern.h. Letters, numbers and white space are those of the package, whatever ICU is installed.
#include "runtime/text/Pattern.h"

#include "runtime/text/CodePoints.h"
#include "runtime/text/Utf8.h"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/uregex.h>

namespace clew {
namespace {

constexpr size_t MostBytes = size_t{64} << 10;
constexpr int32_t MostSteps = 4000;     ///< of about ten thousand moves, for one match
constexpr int32_t MostStack = 16 << 20; ///< bytes of ways back
constexpr size_t MostEngines = 8;       ///< that a thread keeps
constexpr std::string_view space = "\\t-\\r \\u0085\\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000";

/// A set in which `isOne` and the category of the ICU at hand agree, but for what one of them does not know.
std::string categorySet(const char *name, uint32_t mask, bool (*isOne)(char32_t)) {
  std::string more;
  std::string fewer;
  for (UChar32 c = 0; c < 0x110000; c++) {
    const bool isHere = (U_GET_GC_MASK(c) & mask) != 0;
    if (isHere != isOne(static_cast<char32_t>(c))) {
      (isHere ? fewer : more) += fmt::format("\\U{:08X}", static_cast<uint32_t>(c));
    }
  }
  const std::string set = fmt::format("[\\p{{{}}}{}]", name, more);
  return fewer.empty() ? set : fmt::format("[{}--[{}]]", set, fewer);
}

/// Oniguruma's text in ICU's terms.
class Translation {
public:
  explicit Translation(std::string_view text) : text(text) {}

  Result<std::string> translate() {
    while (at < text.size()) {
      const char c = text[at];
      if (c == '\\') {
        if (Result<void> done = escape(); !done) {
          return fail(done);
        }
        continue;
      }
      if (Result<void> fine = check(c); !fine) {
        return fail(fine);
      }
      depth += c == '[' ? 1 : c == ']' && depth > 0 ? -1 : 0;
      out += c;
      at++;
    }
    return std::move(out);
  }

private:
  static Failure refused(std::string_view what) {
    return fail(ErrorKind::BadInput, fmt::format("expected a pattern without '{}'", what));
  }

  Result<void> check(char c) const {
    const std::string_view rest = text.substr(at);
    if (depth == 0 && rest.starts_with("(?")) {
      const size_t end = std::min(rest.find_first_of(":)=!<>#'", 2), rest.size() - 1);
      const std::string_view flags = rest.substr(2, end - 2);
      if (rest[end] == '#' || rest[end] == '\'' || flags.find_first_not_of("ix-") != std::string_view::npos) {
        return refused(rest.substr(0, end + 1));
      }
    }
    if (depth == 0 && c == '}' && rest.starts_with("}+")) {
      return refused("}+"); // possessive there, greedy here
    }
    if (depth > 0 && (rest.starts_with("--") || (c == '[' && rest.starts_with("[=")) || rest.starts_with("[."))) {
      return refused(rest.substr(0, 2));
    }
    return {};
  }

  void put(std::string_view what, size_t taken) {
    out += what;
    at += taken;
  }

  /// \p{..} and \P{..}, with ^ before the name or not.
  Result<void> property() {
    const size_t end = text.find('}', at);
    if (at + 2 >= text.size() || text[at + 2] != '{' || end == std::string_view::npos) {
      return refused("\\p without {..}");
    }
    std::string_view name = text.substr(at + 3, end - at - 3);
    bool isNegated = text[at + 1] == 'P';
    if (name.starts_with('^')) {
      isNegated = !isNegated;
      name.remove_prefix(1);
    }
    const size_t taken = end + 1 - at;
    if (name == "L" || name == "Letter" || name == "N" || name == "Number") {
      static const std::string letters = categorySet("L", U_GC_L_MASK, isLetter);
      static const std::string numbers = categorySet("N", U_GC_N_MASK, isNumber);
      const std::string &set = name.starts_with('L') ? letters : numbers;
      put(isNegated ? "[^" + set + "]" : set, taken);
    } else {
      put(fmt::format("\\{}{{{}}}", isNegated ? 'P' : 'p', name), taken);
    }
    return {};
  }

  Result<void> escape() {
    if (at + 1 >= text.size()) {
      return refused("\\ at its end");
    }
    const char c = text[at + 1];
    constexpr std::string_view same = "dDwWbBnrtfaexuAzZk123456789";
    switch (c) {
    case 'p':
    case 'P':
      return property();
    case 's':
      put(fmt::format("[{}]", space), 2);
      return {};
    case 'S':
      put(fmt::format("[^{}]", space), 2);
      return {};
    case 'v':
      put("\\x0B", 2);
      return {};
    default:
      const bool isWord = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (isWord && same.find(c) == std::string_view::npos) {
        return refused(text.substr(at, 2));
      }
      put(text.substr(at, 2), 2);
      return {};
    }
  }

  std::string_view text;
  size_t at = 0;
  int depth = 0; ///< of [..]
  std::string out;
};

std::u16string utf16Of(std::string_view text) {
  std::u16string out;
  const char *const end = text.data() + text.size();
  for (const char *at = text.data(); at < end;) {
    const CodePoint c = decodeUtf8(at, end);
    if (c.value < 0x10000) {
      out += static_cast<char16_t>(c.value);
    } else {
      out += static_cast<char16_t>(0xD7C0 + (c.value >> 10));
      out += static_cast<char16_t>(0xDC00 + (c.value & 0x3FF));
    }
    at += c.length == 0 ? 1 : c.length;
  }
  return out;
}

} // namespace

struct Pattern::Engine {
  URegularExpression *expression = nullptr;

  explicit Engine(URegularExpression *expression) : expression(expression) {}
  Engine(const Engine &) = delete;
  Engine &operator=(const Engine &) = delete;
  ~Engine() { uregex_close(expression); }
};

Pattern::Pattern(std::string source, std::unique_ptr<Engine> made)
    : source(std::move(source)), engine(std::move(made)) {
  static std::atomic<uint64_t> count = 0;
  number = ++count;
}

Result<std::shared_ptr<const Pattern>> Pattern::compile(std::string_view text) {
  if (text.size() > MostBytes || firstBrokenByte(text) != std::string_view::npos) {
    return fail(ErrorKind::BadInput, fmt::format("expected a pattern of at most {} bytes of UTF-8", MostBytes));
  }
  Result<std::string> translated = Translation(text).translate();
  if (!translated) {
    return fail(translated);
  }
  const std::u16string units = utf16Of(*translated);
  UErrorCode status = U_ZERO_ERROR;
  UParseError where;
  auto engine = std::make_unique<Engine>(uregex_open(units.data(), static_cast<int32_t>(units.size()),
                                                     UREGEX_MULTILINE | UREGEX_UNIX_LINES, &where, &status));
  uregex_setTimeLimit(engine->expression, MostSteps, &status);
  uregex_setStackLimit(engine->expression, MostStack, &status);
  if (U_FAILURE(status)) {
    return fail(ErrorKind::BadInput, fmt::format("expected a regular expression, found one that ICU does not read ({})",
                                                 u_errorName(status)));
  }
  return std::shared_ptr<const Pattern>(new Pattern(std::string(text), std::move(engine)));
}

/// This thread's copy of the engine; null if there is no memory.
Pattern::Engine *Pattern::ofThread() const {
  struct Kept {
    uint64_t number;
    std::unique_ptr<Engine> engine;
  };
  thread_local std::vector<Kept> kept;
  const auto found = std::ranges::find(kept, number, &Kept::number);
  if (found != kept.end()) {
    return found->engine.get();
  }
  UErrorCode status = U_ZERO_ERROR;
  auto copy = std::make_unique<Engine>(uregex_clone(engine->expression, &status));
  uregex_setTimeLimit(copy->expression, MostSteps, &status);
  uregex_setStackLimit(copy->expression, MostStack, &status);
  if (U_FAILURE(status)) {
    return nullptr;
  }
  if (kept.size() == MostEngines) {
    kept.erase(kept.begin());
  }
  kept.push_back({number, std::move(copy)});
  return kept.back().engine.get();
}

bool Pattern::find(std::string_view text, std::vector<PatternMatch> &out) const {
  Engine *const own = ofThread();
  if (!own) {
    return false;
  }
  thread_local std::u16string units;
  thread_local std::vector<uint32_t> places; // of each unit in `text`
  units.clear();
  places.clear();
  const char *const end = text.data() + text.size();
  for (const char *at = text.data(); at < end;) {
    const CodePoint c = decodeUtf8(at, end);
    const auto place = static_cast<uint32_t>(at - text.data());
    if (c.value >= 0x10000) {
      units += static_cast<char16_t>(0xD7C0 + (c.value >> 10));
      places.push_back(place);
    }
    units += static_cast<char16_t>(c.value < 0x10000 ? c.value : 0xDC00 + (c.value & 0x3FF));
    places.push_back(place);
    at += c.length == 0 ? 1 : c.length;
  }
  places.push_back(static_cast<uint32_t>(text.size()));
  UErrorCode status = U_ZERO_ERROR;
  uregex_setText(own->expression, units.data(), static_cast<int32_t>(units.size()), &status);
  const size_t before = out.size();
  while (uregex_findNext(own->expression, &status)) {
    const auto begin = static_cast<size_t>(uregex_start(own->expression, 0, &status));
    const auto behind = static_cast<size_t>(uregex_end(own->expression, 0, &status));
    const PatternMatch match{places[begin], places[behind]};
    if (begin == behind && out.size() > before && out.back().end == match.begin) {
      continue;
    }
    out.push_back(match);
  }
  return U_SUCCESS(status);
}

} // namespace clew
