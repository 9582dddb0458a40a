// tokenizer.json's pre_tokenizer as steps, and what its post_processor does to offsets.
#include "runtime/text/PipelineReader.h"

#include "runtime/base/Excerpt.h"
#include "runtime/text/Utf8.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace clew {
namespace {

using Kind = JsonNode::Kind;
using Step = SplitStep::Kind;
using Prefix = SplitStep::Prefix;

const std::string key = "pre_tokenizer";
constexpr size_t mostSteps = 16;

Result<SplitStep> byteLevel(const JsonFile &file, const JsonNode &node, std::vector<std::string> &notes) {
  const Result<bool> prefix = file.boolean(node, key + ".add_prefix_space", true);
  const Result<bool> splits = file.boolean(node, key + ".use_regex", true);
  if (!prefix || !splits) {
    return fail(!prefix ? prefix : splits);
  }
  noteOthers(file, node, key, {"type", "add_prefix_space", "trim_offsets", "use_regex"}, notes);
  return SplitStep{.kind = Step::ByteLevel, .prefix = *prefix ? Prefix::Always : Prefix::Never, .splits = *splits};
}

/// Older files say add_prefix_space, and what stands for a space a second time.
Result<SplitStep> metaspace(const JsonFile &file, const JsonNode &node, std::vector<std::string> &notes) {
  Result<std::string> replacement = file.text(node, key + ".replacement", "\u2581");
  const Result<bool> prefix = file.boolean(node, key + ".add_prefix_space", true);
  const Result<bool> splits = file.boolean(node, key + ".split", true);
  if (!prefix || !splits) {
    return fail(!prefix ? prefix : splits);
  }
  const Result<std::string> scheme = file.text(node, key + ".prepend_scheme", *prefix ? "always" : "never");
  if (!replacement || !scheme) {
    return fail(!replacement ? replacement : scheme);
  }
  const char *const end = replacement->data() + replacement->size();
  if (replacement->empty() || decodeUtf8(replacement->data(), end).length != replacement->size()) {
    return file.wrong(node, key + ".replacement", "one character", "'" + *replacement + "'");
  }
  SplitStep step{.kind = Step::Metaspace, .splits = *splits, .replacement = std::move(*replacement)};
  for (const auto &[name, value] :
       {std::pair("never", Prefix::Never), std::pair("first", Prefix::First), std::pair("always", Prefix::Always)}) {
    if (*scheme == name) {
      step.prefix = value;
      noteOthers(file, node, key, {"type", "replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split"},
                 notes);
      return step;
    }
  }
  return file.wrong(node, key + ".prepend_scheme", "'always', 'first' or 'never'", "'" + *scheme + "'");
}

Result<SplitBehavior> readBehavior(const JsonFile &file, const JsonNode &node, const char *otherwise) {
  const Result<std::string> said = file.text(node, key + ".behavior", otherwise);
  if (!said) {
    return fail(said);
  }
  for (const auto &[name, behavior] : {std::pair("Removed", SplitBehavior::Removed),
                                       {"Isolated", SplitBehavior::Isolated},
                                       {"MergedWithPrevious", SplitBehavior::MergedWithPrevious},
                                       {"MergedWithNext", SplitBehavior::MergedWithNext},
                                       {"Contiguous", SplitBehavior::Contiguous}}) {
    if (*said == name) {
      return behavior;
    }
  }
  return file.wrong(node, key + ".behavior",
                    "'Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext' or 'Contiguous'", "'" + *said + "'");
}

Result<SplitStep> split(const JsonFile &file, const JsonNode &node, std::vector<std::string> &notes) {
  SplitStep step{.kind = Step::Find};
  const Result<SplitBehavior> behavior = readBehavior(file, node, "");
  const Result<bool> inverted = file.boolean(node, key + ".invert", false);
  if (!behavior || !inverted) {
    return !behavior ? fail(behavior) : fail(inverted);
  }
  step.behavior = *behavior;
  step.inverted = *inverted;
  const JsonNode *pattern = node.find("pattern");
  const JsonNode *text = pattern ? pattern->find("String") : nullptr;
  if (text && text->kind == Kind::Text && !text->text.empty()) {
    step.finder = PartFinder::of(std::vector<std::string>{text->text});
  } else {
    Result<std::shared_ptr<const Pattern>> compiled = readPattern(file, node, key);
    if (!compiled) {
      return fail(compiled);
    }
    step.finder = PartFinder::of(std::move(*compiled));
  }
  noteOthers(file, node, key, {"type", "pattern", "behavior", "invert"}, notes);
  return step;
}

Result<SplitStep> digits(const JsonFile &file, const JsonNode &node, std::vector<std::string> &notes) {
  const Result<bool> alone = file.boolean(node, key + ".individual_digits", false);
  if (!alone) {
    return fail(alone);
  }
  noteOthers(file, node, key, {"type", "individual_digits"}, notes);
  return SplitStep{.kind = Step::Digits, .behavior = *alone ? SplitBehavior::Isolated : SplitBehavior::Contiguous};
}

Result<SplitStep> punctuation(const JsonFile &file, const JsonNode &node, std::vector<std::string> &notes) {
  const Result<SplitBehavior> behavior = readBehavior(file, node, "Isolated");
  if (!behavior) {
    return fail(behavior);
  }
  noteOthers(file, node, key, {"type", "behavior"}, notes);
  return SplitStep{.kind = Step::Punctuation, .behavior = *behavior};
}

Result<SplitStep> delimiter(const JsonFile &file, const JsonNode &node, std::vector<std::string> &notes) {
  const Result<std::string> said = file.text(node, key + ".delimiter", "");
  if (!said) {
    return fail(said);
  }
  if (said->empty() || decodeUtf8(said->data(), said->data() + said->size()).length != said->size()) {
    return file.wrong(node, key + ".delimiter", "one character", "'" + *said + "'");
  }
  noteOthers(file, node, key, {"type", "delimiter"}, notes);
  return SplitStep{.kind = Step::Find, .behavior = SplitBehavior::Removed, .finder = PartFinder::of({*said})};
}

Result<SplitStep> plain(Step kind, const JsonFile &file, const JsonNode &node, std::vector<std::string> &notes) {
  noteOthers(file, node, key, {"type"}, notes);
  return SplitStep{.kind = kind};
}
Result<SplitStep> whitespaceSplit(const JsonFile &file, const JsonNode &node, std::vector<std::string> &notes) {
  return plain(Step::WhitespaceSplit, file, node, notes);
}
Result<SplitStep> wordsAndSigns(const JsonFile &file, const JsonNode &node, std::vector<std::string> &notes) {
  return plain(Step::WordsAndSigns, file, node, notes);
}
Result<SplitStep> bert(const JsonFile &file, const JsonNode &node, std::vector<std::string> &notes) {
  return plain(Step::Bert, file, node, notes);
}

using ReadStep = Result<SplitStep> (*)(const JsonFile &, const JsonNode &, std::vector<std::string> &);
constexpr std::array<std::pair<std::string_view, ReadStep>, 9> readers{{{"ByteLevel", byteLevel},
                                                                        {"Metaspace", metaspace},
                                                                        {"Split", split},
                                                                        {"Digits", digits},
                                                                        {"Punctuation", punctuation},
                                                                        {"CharDelimiterSplit", delimiter},
                                                                        {"WhitespaceSplit", whitespaceSplit},
                                                                        {"Whitespace", wordsAndSigns},
                                                                        {"BertPreTokenizer", bert}}};

Result<void> readStep(const JsonFile &file, const JsonNode &node, std::vector<SplitStep> &steps,
                      std::vector<std::string> &notes) {
  const Result<std::string> type = file.text(node, key + ".type", "");
  if (!type) {
    return fail(type);
  }
  if (steps.size() >= mostSteps) {
    return file.wrong(node, key, fmt::format("at most {} steps", mostSteps), "more");
  }
  const auto *reader = std::ranges::find(readers, *type, &std::pair<std::string_view, ReadStep>::first);
  if (reader == readers.end()) {
    std::vector<std::string_view> names;
    std::ranges::transform(readers, std::back_inserter(names), &std::pair<std::string_view, ReadStep>::first);
    return file.wrong(node, key + ".type", fmt::format("one of {}, or a Sequence of them", fmt::join(names, ", ")),
                      "'" + *type + "'");
  }
  if (!steps.empty() && steps.back().kind == Step::ByteLevel) {
    return file.wrong(node, key, "no further step behind ByteLevel", "'" + *type + "'");
  }
  Result<SplitStep> step = reader->second(file, node, notes);
  if (!step) {
    return fail(step);
  }
  steps.push_back(std::move(*step));
  return {};
}

/// One post-processor that trims offsets, or not.
Result<void> readTrim(const JsonFile &file, const JsonNode &node, std::vector<OffsetTrim> &trims) {
  const JsonNode *type = node.find("type");
  if (!type || (type->text != "ByteLevel" && type->text != "RobertaProcessing")) {
    return {};
  }
  const Result<bool> trim = file.boolean(node, "post_processor.trim_offsets", true);
  const Result<bool> prefix = file.boolean(node, "post_processor.add_prefix_space", true);
  if (!trim || !prefix) {
    return fail(!trim ? trim : prefix);
  }
  if (*trim) {
    trims.push_back({*prefix});
  }
  return {};
}

} // namespace

Result<std::shared_ptr<const Pattern>> readPattern(const JsonFile &file, const JsonNode &node, const std::string &key) {
  const JsonNode *pattern = node.find("pattern");
  const JsonNode *regex = pattern ? pattern->find("Regex") : nullptr;
  if (!regex || regex->kind != Kind::Text) {
    return file.wrong(pattern ? *pattern : node, key + ".pattern", "a text (String) that is not empty, or a Regex",
                      pattern ? describe(*pattern) : "none");
  }
  Result<std::shared_ptr<const Pattern>> compiled = Pattern::compile(regex->text);
  if (!compiled) {
    return fail(ErrorKind::BadInput,
                fmt::format("{}.pattern.Regex: {}, found '{}'", key, compiled.error().message, excerpt(regex->text)),
                fmt::format("{}:{}", file.path, regex->line));
  }
  return compiled;
}

Result<std::vector<SplitStep>> readSplitSteps(const JsonFile &file, std::vector<std::string> &notes) {
  std::vector<SplitStep> steps;
  const JsonNode *node = file.root.find(key);
  if (!node || node->kind == Kind::Null) {
    return steps;
  }
  const JsonNode *type = node->find("type");
  if (!type || type->text != "Sequence") {
    const Result<void> done = readStep(file, *node, steps, notes);
    return done ? Result<std::vector<SplitStep>>(std::move(steps)) : fail(done);
  }
  const JsonNode *list = node->find("pretokenizers");
  if (!list || list->kind != Kind::Array) {
    return file.wrong(list ? *list : *node, key + ".pretokenizers", "a list of pre-tokenizers");
  }
  for (const JsonNode &one : list->items) {
    if (Result<void> done = readStep(file, one, steps, notes); !done) {
      return fail(done);
    }
  }
  return steps;
}

Result<std::vector<OffsetTrim>> readOffsetTrims(const JsonFile &file) {
  std::vector<OffsetTrim> trims;
  const JsonNode *node = file.root.find("post_processor");
  if (!node) {
    return trims;
  }
  const JsonNode *list = node->find("processors");
  const std::vector<JsonNode> one = {*node};
  for (const JsonNode &processor : list ? list->items : one) {
    if (Result<void> done = readTrim(file, processor, trims); !done) {
      return fail(done);
    }
  }
  return trims;
}

void noteRootKeys(const JsonFile &file, std::vector<std::string> &notes) {
  noteOthers(file, file.root, "tokenizer.json",
             {"version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor",
              "decoder", "model"},
             notes);
}

Result<PipelineParts> readCharacterParts(const JsonFile &file, std::vector<std::string> &notes) {
  PipelineParts parts;
  Result<TextNormalizer> normalizer = readTextNormalizer(file, notes);
  Result<std::vector<SplitStep>> steps = normalizer ? readSplitSteps(file, notes) : fail(normalizer);
  if (!steps) {
    return fail(steps);
  }
  if (!steps->empty() && steps->back().kind == SplitStep::Kind::ByteLevel) {
    return file.wrong(*file.root.find("pre_tokenizer"), "pre_tokenizer", "none that makes bytes", "ByteLevel");
  }
  parts.normalizer = std::move(*normalizer);
  parts.splitter = WordSplitter(std::move(*steps));
  return parts;
}

} // namespace clew
