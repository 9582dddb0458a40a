// AnswerQueue: rows that wait for the model, and the one thread that answers them. Whenever it is free it takes all that wait, up to a
// bound, and has them answered together: packed batches hold no padding, so there is nothing to wait for and no window to choose.
#pragma once

#include "runtime/base/Result.h"
#include "suites/data/Row.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace clew {

/// What answers rows; an interface, so that the queue is tested without a model. Used by one thread.
class RowAnswerer {
public:
  virtual ~RowAnswerer() = default;
  /// A line for each row, as `clew predict` writes them.
  virtual Result<std::vector<std::string>> answer(std::span<const Row> rows) = 0;
};

/// What became of the rows that were handed in together.
struct QueueAnswer {
  Result<std::vector<std::string>> lines; ///< [rows]
  double waitedSeconds = 0;               ///< from the handing in until they were taken
  double answeredSeconds = 0; ///< from then until they were answered, with whatever was answered together with them
  size_t together = 0;        ///< rows that were
};

struct QueueBounds {
  size_t waiting = 1024; ///< rows that may wait
  size_t together = 64;  ///< rows that are answered together, but for what was handed in together
};

/// All members may be called from many threads.
class AnswerQueue {
public:
  using Done = std::function<void(QueueAnswer)>;

  /// `answerer` outlives it.
  AnswerQueue(RowAnswerer &answerer, QueueBounds bounds);
  ~AnswerQueue(); ///< as finish()
  AnswerQueue(const AnswerQueue &) = delete;
  AnswerQueue &operator=(const AnswerQueue &) = delete;

  /// Hands in rows, one at least. `done` is called once, by the answering thread. False, and `done` is never called, if so many more may not
  /// wait, or after finish(). Rows that are handed in together are answered together, or none of them is: one wrong row is the
  /// error of these alone, whatever they were run with.
  bool submit(std::vector<Row> rows, Done done);

  /// Answers what waits, and ends.
  void finish();

  size_t waiting() const; ///< rows
  const QueueBounds &bounds() const { return limits; }

private:
  using Moment = std::chrono::steady_clock::time_point;
  struct Job {
    std::vector<Row> rows;
    Done done;
    Moment since;
  };

  void work();
  std::vector<Job> take();
  void answer(std::vector<Job> &jobs);
  void answerOne(Job &job, Moment taken, size_t together);

  RowAnswerer &answerer;
  QueueBounds limits;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> jobs;
  size_t rowsWaiting = 0;
  bool ending = false;
  std::thread worker; ///< last: it uses all of the above
};

} // namespace clew
