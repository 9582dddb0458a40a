// Loaded: what the Python package is made of, without Python: a model with weights that runs packed batches, and answers texts where it has a
// task's head.
#pragma once

#include "suites/run/Subject.h"

#include <map>
#include <memory>
#include <mutex>

namespace clew {

struct LoadOptions {
  std::string model;   ///< architecture/size, architecture, or path.yaml[:size]
  std::string weights; ///< file or folder; empty: random ones of `seed`
  std::string task;    ///< a task's name or YAML; empty: no head
  std::vector<std::string> zoo;
  std::vector<std::string> tasks;
  std::string data;
  std::string vocabulary;
  CompileOptions compile;
  uint64_t seed = 0;
  int threads = 0; ///< 0: one a core
  bool deterministic = false;
};

/// What one run gave. Its outputs are views into the Session's memory, which nobody else uses as long as this lives.
struct RunOutputs {
  std::shared_ptr<Session> session;
  std::vector<OutputView> outputs;
};

/// May be called from many threads.
class Loaded {
public:
  /// Errors as those of `clew run` and `clew predict`.
  static Result<std::unique_ptr<Loaded>> load(const LoadOptions &options);

  /// Runs one batch in a Session that no earlier result still refers to; there are as many as results are alive. The batch's memory is read
  /// where it lies.
  Result<RunOutputs> run(const Batch &batch);

  /// Lines of JSON, a row each as `clew predict` reads them, to its lines. Unsupported without a task.
  Result<std::string> predict(const std::string &rows);

  const Program &program() const { return executable->program(); }
  const std::vector<std::string> &notes() const { return said; }

private:
  std::shared_ptr<const Executable> executable;
  std::optional<Subject> subject; ///< with a task
  int threads = 1;
  std::mutex mutex; ///< of the Sessions, and of the Subject's slots
  std::vector<std::shared_ptr<Session>> sessions;
  std::vector<std::string> said;
};

/// Predictions, as a file of them has them, against a split: what `clew score --json` prints.
Result<std::string> scoreText(const std::string &task, const std::string &predictions, const std::string &split,
                              const std::string &data, const std::vector<std::string> &tasks);

} // namespace clew
