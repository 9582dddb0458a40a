// tokenizer.json's pre_tokenizer as steps, and what its post_processor does to offsets.
#include "runtime/text/PipelineReader.h"

#include "runtime/text/Utf8.h"

#include <fmt/format.h>
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

Result<void> readStep(const JsonFile &file, const JsonNode &node, std::vector<SplitStep> &steps,
                      std::vector<std::string> &notes) {
  const Result<std::string> type = file.text(node, key + ".type", "");
  if (!type) {
    return fail(type);
  }
  if (steps.size() >= mostSteps) {
    return file.wrong(node, key, fmt::format("at most {} steps", mostSteps), "more");
  }
  for (const auto &[name, kind] :
       {std::pair("WhitespaceSplit", Step::WhitespaceSplit), std::pair("Whitespace", Step::WordsAndSigns),
        std::pair("BertPreTokenizer", Step::Bert)}) {
    if (*type == name) {
      noteOthers(file, node, key, {"type"}, notes);
      steps.push_back({.kind = kind});
      return {};
    }
  }
  if (*type != "ByteLevel" && *type != "Metaspace") {
    return file.wrong(node, key + ".type",
                      "ByteLevel, Metaspace, WhitespaceSplit, Whitespace, BertPreTokenizer or a Sequence of them",
                      "'" + *type + "'");
  }
  if (!steps.empty() && steps.back().kind == Step::ByteLevel) {
    return file.wrong(node, key, "no further step behind ByteLevel", "'" + *type + "'");
  }
  Result<SplitStep> step = *type == "ByteLevel" ? byteLevel(file, node, notes) : metaspace(file, node, notes);
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
