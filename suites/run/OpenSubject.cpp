// From names to a Subject: model, head, program, weights, vocabulary, one after the other, each timed and checked.
#include "suites/run/LabelOrder.h"
#include "suites/run/ModelIdentity.h"
#include "suites/run/Subject.h"
#include "suites/run/VocabularySearch.h"

#include "runtime/base/Sha256.h"
#include "zoo/Zoo.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace clew {
namespace {

class Clock {
public:
  double milliseconds() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  }

private:
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

Result<Model> modelFor(const Task &task, const SubjectOptions &options) {
  const Result<Zoo> zoo = Zoo::open(options.zoo);
  if (!zoo) {
    // A folder that is not there is no unknown model.
    Error error = zoo.error();
    error.kind = error.kind == ErrorKind::NotFound ? ErrorKind::BadInput : error.kind;
    return Failure(std::move(error));
  }
  Result<Model> model = zoo->findModel(options.model);
  return model ? zoo->withHead(*model, std::string(nameOf(task.kind)), task.outputs()) : std::move(model);
}

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

Result<std::string> hashOf(const SubjectOptions &options) {
  if (options.weights.empty()) {
    return fmt::format("random:{}", options.seed);
  }
  const std::filesystem::path path(options.weights);
  std::error_code error;
  return sha256OfFile(std::filesystem::is_directory(path, error) ? (path / "model.safetensors").string()
                                                                 : options.weights);
}

bool takes(const Model &model, std::string_view input) {
  return std::ranges::find(model.inputs, input) != model.inputs.end();
}

Result<RowEncoder> encoderFor(const Task &task, const Model &model, const Program &program,
                              const SubjectOptions &options) {
  Result<Vocabulary> vocabulary =
      findVocabulary({options.vocabulary, options.weights, options.dataFolder, program.vocabulary});
  Result<WordPiece> tokenizer = vocabulary ? WordPiece::create(std::move(*vocabulary)) : fail(vocabulary);
  if (!tokenizer) {
    return fail(tokenizer);
  }
  const int64_t longest = program.maxLength > 0 ? std::min(task.longest, program.maxLength) : task.longest;
  // Segments are how BERT-like models tell texts apart, and such models read [CLS] and [SEP]; models without read bare characters.
  return RowEncoder::create(task, std::move(*tokenizer), longest, takes(model, "segments"));
}

} // namespace

Result<Subject> Subject::open(const Task &task, const SubjectOptions &options) {
  ColdStart cold;
  Clock compiling;
  Result<Model> model = modelFor(task, options);
  if (!model) {
    return fail(model);
  }
  CompileOptions compile = options.compile;
  compile.outputs = {"logits"};
  Result<Program> program = compileCached(*model, compile);
  if (!program) {
    return fail(program);
  }
  cold.compileMs = compiling.milliseconds();
  Clock loading;
  Result<Weights> weights = weightsFor(task, *program, options);
  if (!weights) {
    return fail(weights);
  }
  Result<RowEncoder> encoder = encoderFor(task, *model, *program, options);
  if (!encoder) {
    return fail(encoder);
  }
  const int64_t longest = program->maxLength > 0 ? std::min(task.longest, program->maxLength) : task.longest;
  auto executable =
      Executable::create(std::move(*program), std::move(*weights), {options.threads, options.deterministic});
  if (!executable) {
    return fail(executable);
  }
  Subject subject(task, std::move(*executable), std::move(*encoder));
  subject.longestRow = longest;
  cold.loadMs = loading.milliseconds();
  subject.cold = cold;
  if (Result<void> ran = subject.runFirst(); !ran) {
    return fail(ran);
  }
  Result<std::string> modelHash = clew::modelSha256(*model);
  Result<std::string> weightsHash = hashOf(options);
  Result<ModelSummary> summary = summarize(*model);
  if (!modelHash || !weightsHash || !summary) {
    return !modelHash ? fail(modelHash) : !weightsHash ? fail(weightsHash) : fail(summary);
  }
  subject.modelHash = std::move(*modelHash);
  subject.weightsHash = std::move(*weightsHash);
  subject.parameterCount = summary->parameters;
  return subject;
}

Result<void> Subject::runFirst() {
  constexpr int64_t kTokens = 32;
  const std::vector<int32_t> ids(static_cast<size_t>(std::min(kTokens, longestRow)), vocabulary().unknown());
  const std::vector<int32_t> offsets = {0, static_cast<int32_t>(ids.size())};
  Clock running;
  Result<SessionSlot> slot = makeSlot();
  if (!slot) {
    return fail(slot);
  }
  Result<void> ran = slot->session.run({ids, {}, offsets});
  cold.firstMs = running.milliseconds();
  slots.push_back(std::move(*slot));
  return ran;
}

} // namespace clew
