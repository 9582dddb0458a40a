// Subject: one model with one task's head, compiled, with weights and vocabulary: what predict runs and a benchmark judges. Text in,
// predictions out, in steps that a timer can stand between.
#pragma once

#include "compiler/Compile.h"
#include "suites/records/Times.h"
#include "suites/run/Decode.h"
#include "suites/run/InputFeed.h"
#include "suites/run/RowEncoder.h"

#include <deque>

namespace clew {

struct SubjectOptions {
  std::string weights; ///< .safetensors file or Hugging Face folder; empty: random ones of `seed`
  uint64_t seed = 0;
  std::string vocabulary; ///< vocab.txt; empty: searched (TokenizerSearch.h)
  std::string dataFolder; ///< where vocab/*.txt is looked for; empty: nowhere
  CompileOptions compile; ///< target, precision, cpu; `outputs` is set to the logits
  int threads = 1;        ///< of all slots together
  bool deterministic = false;
  /// Rows are run one after the other as they stand, each in one sequence: what models need that carry states from batch to batch.
  bool inOrder = false;
};

/// What was opened, by hashes; the answers depend on nothing else of it.
struct SubjectIdentity {
  std::string modelSha256;   ///< of the expanded model with its head
  std::string weightsSha256; ///< of what was loaded, or "random:SEED"
  std::string vocabularySha256;
  std::string tokenizerSha256; ///< of vocabulary, settings and template
};

/// What one query at a time needs: a Session, its tokens, and the logits of the last run. Used by one thread at a time; kept from query to
/// query, so that answering takes no memory once the longest query was seen.
struct SessionSlot {
  Session session;
  EncodedRows encoded;
  OutputView logits;              ///< of `encoded`, after run(); in the slot's memory
  std::vector<float> joined = {}; ///< logits of parts, where `encoded` was too much for one run
  FeedMemory memory = {};         ///< of the batch that runs
};

/// Const members may be called from many threads, each with a slot of its own.
class Subject {
public:
  /// Compiles `model`, which has the task's head (labels = Task::outputs()), or takes it from the program cache; loads and checks weights,
  /// label order and vocabulary. Errors say which of these failed. Unsupported for a model that carries states, unless `inOrder`.
  static Result<Subject> open(const Task &task, const Model &model, const SubjectOptions &options);

  /// A new slot; all slots share the program, the weights and `threads`.
  Result<SessionSlot> makeSlot() const;

  /// Rows to `slot.encoded`, which is replaced. BadInput that names the row for text that is no UTF-8.
  Result<void> encode(std::span<const Row> rows, SessionSlot &slot) const;
  /// Runs `slot.encoded`, whatever filled it, and sets `slot.logits`. At most kTokensOfARun tokens go into one run of the Session.
  Result<void> run(SessionSlot &slot) const;
  /// Logits to predictions: predictions[i] belongs to rows[i].
  Result<void> decode(std::span<const Row> rows, const SessionSlot &slot, std::vector<Prediction> &predictions) const;
  /// The three in a row: text to labels.
  Result<void> answer(std::span<const Row> rows, SessionSlot &slot, std::vector<Prediction> &predictions) const;

  /// Slots that are kept for runOffline, `count` at least. Not for many threads.
  Result<std::deque<SessionSlot> *> keptSlots(size_t count);

  static constexpr int64_t kTokensOfARun = 32768;

  const Task &task() const { return judged; }
  const Executable &executable() const { return *shared; }
  const std::shared_ptr<const Executable> &sharedExecutable() const { return shared; }
  const RowEncoder &encoder() const { return rowEncoder; }
  const Tokenizer &tokenizer() const { return *rowEncoder.tokenizer(); }
  /// What the user should know of the weights' folder (for stderr): what it says and does not count, and whence the vocabulary is.
  const std::vector<std::string> &notes() const { return noted; }
  const std::string &modelName() const { return executable().program().model; } ///< architecture/size
  int64_t parameters() const { return parameterCount; } ///< as `clew zoo` counts them, head included
  int64_t longest() const { return longestRow; } ///< tokens of a sequence, the least of task's, model's and tokenizer's
  const SubjectIdentity &identity() const { return opened; }
  bool hasRandomWeights() const { return executable().weights().path().empty(); }
  const ColdStart &coldStart() const { return cold; }

private:
  Subject(Task task, std::shared_ptr<const Executable> executable, RowEncoder encoder, InputFeed feed)
      : judged(std::move(task)), shared(std::move(executable)), rowEncoder(std::move(encoder)), feed(std::move(feed)) {}
  Result<void> runInParts(SessionSlot &slot) const;
  Result<void> runFirst();

  Task judged;
  std::shared_ptr<const Executable> shared;
  RowEncoder rowEncoder;
  InputFeed feed;
  std::deque<SessionSlot> slots;
  std::vector<std::string> noted;
  int64_t longestRow = 0;
  int64_t parameterCount = 0;
  SubjectIdentity opened;
  ColdStart cold;
};

/// The most memory this process has had (VmHWM), in bytes; 0 where the system does not tell.
int64_t peakMemoryBytes();

} // namespace clew
