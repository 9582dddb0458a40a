// From names to a Subject: model, head, program, weights, vocabulary, one after the other, each timed and checked.
#include "suites/run/LabelOrder.h"
#include "suites/run/ModelIdentity.h"
#include "suites/run/Subject.h"
#include "suites/run/TokenizerSearch.h"

#include "runtime/base/Stopwatch.h"

#include <fmt/format.h>

#include <algorithm>

namespace clew {
namespace {

Result<Weights> weightsFor(const Task &task, const Program &program, const SubjectOptions &options) {
  if (options.weights.empty()) {
    return randomWeights(program, options.seed, options.threads);
  }
  Result<Weights> weights = loadWeights(options.weights, program);
  if (!weights) {
    return weights;
  }
  const Result<std::vector<std::string>> labels = labelsOf(*weights, options.weights);
  if (!labels) {
    return fail(labels);
  }
  if (Result<void> same = checkLabelOrder(task, *labels, options.weights); !same) {
    return fail(same);
  }
  return weights;
}

/// BadInput for characters that the model has no row for.
Result<void> checkCharacters(const Program &program, const InputFeed &feed, const Tokenizer &tokenizer) {
  const int64_t limit = limitOf(program, feed.characters());
  return limit == 0 || tokenizer.characterIds() <= limit
             ? Result<void>()
             : fail(ErrorKind::BadInput,
                    fmt::format("tokens have characters up to {}, and the model takes '{}' up to {}",
                                tokenizer.characterIds() - 1, feed.characters(), limit - 1));
}

/// Tokens of a row: the least of what task, model and tokenizer allow.
int64_t longestRowOf(const Task &task, const Program &program, const Tokenizer &tokenizer) {
  int64_t longest = task.longest;
  for (const int64_t limit : {mostTokens(program), tokenizer.longest()}) {
    longest = limit > 0 ? std::min(longest, limit) : longest;
  }
  return longest;
}

} // namespace

Result<Subject> Subject::open(const Task &task, const Model &model, const SubjectOptions &options) {
  if (const std::optional<std::string> why = InputFeed::missing(model)) {
    return fail(ErrorKind::Unsupported, fmt::format("'{}' cannot answer '{}': {}", model.name(), task.name, *why),
                model.file);
  }
  ColdStart cold;
  const Stopwatch compiling;
  CompileOptions compile = options.compile;
  compile.outputs = {"logits"};
  Result<Program> program = compileCached(model, compile);
  if (!program) {
    return fail(program);
  }
  cold.compile = compiling.milliseconds();
  if (isCarrying(*program) && !options.inOrder) {
    return fail(ErrorKind::Unsupported,
                fmt::format("'{}' goes on where the row before ended ('state: carry'), so that answers depend on the "
                            "order of rows: `clew predict` takes it, whole and in order; else say 'state: reset'",
                            model.name()),
                model.file);
  }
  const Stopwatch loading;
  Result<Weights> weights = weightsFor(task, *program, options);
  if (!weights) {
    return fail(weights);
  }
  Result<FoundTokenizer> found =
      findTokenizer(model, {options.vocabulary, options.weights, options.dataFolder, limitOf(*program, "ids")});
  if (!found) {
    return fail(found);
  }
  InputFeed feed(model);
  if (Result<void> fit = checkCharacters(*program, feed, *found->tokenizer); !fit) {
    return fail(fit);
  }
  const int64_t longest = longestRowOf(task, *program, *found->tokenizer);
  Result<RowEncoder> encoder = RowEncoder::create(task, found->tokenizer, longest);
  if (!encoder) {
    return fail(encoder);
  }
  auto executable =
      Executable::create(std::move(*program), std::move(*weights), {options.threads, options.deterministic});
  if (!executable) {
    return fail(executable);
  }
  Subject subject(task, std::move(*executable), std::move(*encoder), std::move(feed));
  subject.longestRow = longest;
  subject.noted = subject.executable().weights().notes();
  subject.noted.insert(subject.noted.end(), found->notes.begin(), found->notes.end());
  if (const int64_t limit = subject.tokenizer().longest(); limit == longest && limit < task.longest) {
    subject.noted.push_back(fmt::format("{}: model_max_length: rows are cut at {} tokens, where the task allows {}",
                                        options.weights, limit, task.longest));
  }
  cold.load = loading.milliseconds();
  subject.cold = cold;
  if (Result<void> ran = subject.runFirst(); !ran) {
    return fail(ran);
  }
  Result<std::string> modelHash = modelSha256(model);
  Result<std::string> weightsHash = subject.executable().weights().sha256();
  Result<ModelSummary> summary = summarize(model);
  if (!modelHash || !weightsHash || !summary) {
    return !modelHash ? fail(modelHash) : !weightsHash ? fail(weightsHash) : fail(summary);
  }
  subject.opened = {std::move(*modelHash), std::move(*weightsHash), subject.tokenizer().vocabulary().sha256(),
                    subject.tokenizer().sha256()};
  subject.parameterCount = summary->parameters;
  return subject;
}

Result<void> Subject::runFirst() {
  constexpr int64_t kTokens = 32;
  EncodedRows rows;
  rowEncoder.appendUnknown(std::min(kTokens, longestRow), rows);
  const Stopwatch running;
  Result<SessionSlot> slot = makeSlot();
  if (!slot) {
    return fail(slot);
  }
  Result<void> ran = slot->session.run(feed.batchOf(rows, 0, 1, slot->memory));
  cold.first = running.milliseconds();
  slots.push_back(std::move(*slot));
  return ran;
}

} // namespace clew
