// tokenizer.json's normalizer as steps.
#include "runtime/text/PipelineReader.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace clew {
namespace {

using Kind = JsonNode::Kind;
using Step = NormalizerStep::Kind;

const std::string key = "normalizer";
constexpr size_t mostSteps = 32;

/// Steps without settings.
constexpr std::array plainSteps{std::pair("Lowercase", Step::Lowercase),      std::pair("NFD", Step::Decompose),
                                std::pair("NFKD", Step::DecomposeCompatibly), std::pair("NFC", Step::Compose),
                                std::pair("NFKC", Step::ComposeCompatibly),   std::pair("Nmt", Step::Nmt),
                                std::pair("StripAccents", Step::StripAccents)};

/// Base64 with padding; nothing if it is none.
std::optional<std::string> decodeBase64(std::string_view text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (size_t i = 0; i < digits.size(); i++) {
    values[static_cast<unsigned char>(digits[i])] = static_cast<int8_t>(i);
  }
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  uint32_t bits = 0;
  for (size_t i = 0; i < text.size(); i++) {
    const bool isPadding = i + padding >= text.size();
    const int8_t value = isPadding ? int8_t{0} : values[static_cast<unsigned char>(text[i])];
    if (value < 0) {
      return std::nullopt;
    }
    bits = bits << 6 | static_cast<uint32_t>(value);
    if (i % 4 == 3) {
      for (const int shift : {16, 8, 0}) {
        bytes += static_cast<char>(bits >> shift & 0xFFU);
      }
      bits = 0;
    }
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

struct Reader {
  const JsonFile &file;
  std::vector<std::string> &notes;
  std::vector<NormalizerStep> steps{};

  Result<void> readBert(const JsonNode &node) {
    NormalizerStep step{.kind = Step::Bert};
    const JsonNode *accents = node.find("strip_accents");
    const Result<bool> clean = file.boolean(node, key + ".clean_text", true);
    const Result<bool> chinese = file.boolean(node, key + ".handle_chinese_chars", true);
    const Result<bool> lower = file.boolean(node, key + ".lowercase", true);
    const Result<bool> strip =
        !accents || accents->kind == Kind::Null ? lower : file.boolean(node, key + ".strip_accents", true);
    for (const Result<bool> *said : {&clean, &chinese, &lower, &strip}) {
      if (!*said) {
        return fail(*said);
      }
    }
    step.bert.cleanText = *clean;
    step.bert.splitChinese = *chinese;
    step.bert.lowercase = *lower;
    step.bert.stripAccents = *strip;
    noteOthers(file, node, key, {"type", "clean_text", "handle_chinese_chars", "lowercase", "strip_accents"}, notes);
    steps.push_back(std::move(step));
    return {};
  }

  Result<void> readReplace(const JsonNode &node) {
    NormalizerStep step{.kind = Step::Replace};
    const JsonNode *pattern = node.find("pattern");
    const JsonNode *text = pattern ? pattern->find("String") : nullptr;
    const JsonNode *regex = pattern ? pattern->find("Regex") : nullptr;
    Result<std::string> content = file.text(node, key + ".content", "");
    if (!content) {
      return fail(content);
    }
    step.content = std::move(*content);
    if (regex && regex->text == " {2,}" && step.content == " ") {
      step.kind = Step::JoinSpaces;
    } else if (text && text->kind == Kind::Text && !text->text.empty()) {
      step.pattern = text->text;
    } else {
      Result<std::shared_ptr<const Pattern>> compiled = readPattern(file, node, key);
      if (!compiled) {
        return fail(compiled);
      }
      step.kind = Step::ReplacePattern;
      step.regex = std::move(*compiled);
    }
    noteOthers(file, node, key, {"type", "pattern", "content"}, notes);
    steps.push_back(std::move(step));
    return {};
  }

  Result<void> readStrip(const JsonNode &node) {
    const Result<bool> left = file.boolean(node, key + ".strip_left", true);
    const Result<bool> right = file.boolean(node, key + ".strip_right", true);
    if (!left || !right) {
      return fail(!left ? left : right);
    }
    noteOthers(file, node, key, {"type", "strip_left", "strip_right"}, notes);
    steps.push_back({.kind = Step::Strip, .left = *left, .right = *right});
    return {};
  }

  Result<void> readPrecompiled(const JsonNode &node) {
    const JsonNode *map = node.find("precompiled_charsmap");
    const std::string path = key + ".precompiled_charsmap";
    noteOthers(file, node, key, {"type", "precompiled_charsmap"}, notes);
    if (map && map->kind == Kind::Null) {
      return {};
    }
    const std::optional<std::string> bytes =
        map && map->kind == Kind::Text ? decodeBase64(map->text) : std::optional<std::string>();
    if (!bytes) {
      return file.wrong(map ? *map : node, path, "bytes in base64", map ? describe(*map) : "none");
    }
    if (bytes->empty()) {
      return {};
    }
    Result<Charsmap> read = Charsmap::read(*bytes, fmt::format("{}:{}", file.path, map->line));
    if (!read) {
      return fail(read);
    }
    steps.push_back({.kind = Step::Precompiled, .charsmap = std::make_shared<const Charsmap>(std::move(*read))});
    return {};
  }

  Result<void> read(const JsonNode &node, bool isInner) {
    const Result<std::string> type = file.text(node, key + ".type", "");
    if (!type) {
      return fail(type);
    }
    if (steps.size() >= mostSteps) {
      return file.wrong(node, key, fmt::format("at most {} steps", mostSteps), "more");
    }
    if (*type == "Sequence" && !isInner) {
      const JsonNode *list = node.find("normalizers");
      if (!list || list->kind != Kind::Array) {
        return file.wrong(list ? *list : node, key + ".normalizers", "a list of normalizers");
      }
      for (const JsonNode &one : list->items) {
        if (Result<void> done = read(one, true); !done) {
          return done;
        }
      }
      return {};
    }
    const auto *plain = std::ranges::find(plainSteps, *type, [](const auto &step) { return step.first; });
    if (plain != plainSteps.end()) {
      steps.push_back({.kind = plain->second});
      return {};
    }
    if (*type == "Prepend") {
      Result<std::string> content = file.text(node, key + ".prepend", "");
      if (!content) {
        return fail(content);
      }
      steps.push_back({.kind = Step::Prepend, .content = std::move(*content)});
      return {};
    }
    using Method = Result<void> (Reader::*)(const JsonNode &);
    for (const auto &[name, method] : {std::pair<const char *, Method>("BertNormalizer", &Reader::readBert),
                                       {"Replace", &Reader::readReplace},
                                       {"Strip", &Reader::readStrip},
                                       {"Precompiled", &Reader::readPrecompiled}}) {
      if (*type == name) {
        return (this->*method)(node);
      }
    }
    return file.wrong(node, key + ".type",
                      "BertNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, StripAccents, Strip, Replace, Prepend, "
                      "Precompiled or a Sequence of them",
                      "'" + *type + "'");
  }
};

} // namespace

Result<std::shared_ptr<const Charsmap>> readCharsmap(const JsonFile &file, std::vector<std::string> &notes) {
  const JsonNode *node = file.root.find(key);
  const JsonNode *list = node ? node->find("normalizers") : nullptr;
  const std::vector<JsonNode> one = node ? std::vector<JsonNode>{*node} : std::vector<JsonNode>();
  Reader reader{file, notes};
  for (const JsonNode &step : list ? list->items : one) {
    const JsonNode *type = step.find("type");
    if (type && type->text == "Precompiled" && reader.steps.empty()) {
      if (Result<void> done = reader.readPrecompiled(step); !done) {
        return fail(done);
      }
    }
  }
  return reader.steps.empty() ? std::shared_ptr<const Charsmap>() : reader.steps.front().charsmap;
}

Result<TextNormalizer> readTextNormalizer(const JsonFile &file, std::vector<std::string> &notes) {
  const JsonNode *node = file.root.find(key);
  if (!node || node->kind == Kind::Null) {
    return TextNormalizer();
  }
  Reader reader{file, notes};
  if (Result<void> done = reader.read(*node, false); !done) {
    return fail(done);
  }
  return TextNormalizer(std::move(reader.steps));
}

} // namespace clew
