// See AnswerQueue.h.
#include "suites/serve/AnswerQueue.h"

#include <iterator>

namespace clew {
namespace {

double secondsBetween(std::chrono::steady_clock::time_point begin, std::chrono::steady_clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

} // namespace

AnswerQueue::AnswerQueue(RowAnswerer &answerer, QueueBounds bounds)
    : answerer(answerer), limits(bounds), worker([this] { work(); }) {}

AnswerQueue::~AnswerQueue() { finish(); }

bool AnswerQueue::submit(std::vector<Row> rows, Done done) {
  {
    const std::lock_guard guard(mutex);
    if (ending || rows.size() > limits.waiting - rowsWaiting) {
      return false;
    }
    rowsWaiting += rows.size();
    jobs.push_back({std::move(rows), std::move(done), std::chrono::steady_clock::now()});
  }
  changed.notify_one();
  return true;
}

void AnswerQueue::finish() {
  {
    const std::lock_guard guard(mutex);
    ending = true;
  }
  changed.notify_one();
  if (worker.joinable()) {
    worker.join();
  }
}

size_t AnswerQueue::waiting() const {
  const std::lock_guard guard(mutex);
  return rowsWaiting;
}

/// What is answered next; nothing at the end.
std::vector<AnswerQueue::Job> AnswerQueue::take() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return ending || !jobs.empty(); });
  std::vector<Job> taken;
  size_t rows = 0;
  while (!jobs.empty() && (taken.empty() || rows + jobs.front().rows.size() <= limits.together)) {
    rows += jobs.front().rows.size();
    taken.push_back(std::move(jobs.front()));
    jobs.pop_front();
  }
  rowsWaiting -= rows;
  return taken;
}

void AnswerQueue::answerOne(Job &job, Moment taken, size_t together) {
  Result<std::vector<std::string>> lines = answerer.answer(job.rows);
  job.done({std::move(lines), secondsBetween(job.since, taken), secondsBetween(taken, std::chrono::steady_clock::now()),
            together});
}

void AnswerQueue::answer(std::vector<Job> &jobs) {
  const Moment taken = std::chrono::steady_clock::now();
  if (jobs.size() == 1) {
    answerOne(jobs.front(), taken, jobs.front().rows.size());
    return;
  }
  std::vector<Row> rows;
  for (const Job &job : jobs) {
    rows.insert(rows.end(), job.rows.begin(), job.rows.end());
  }
  Result<std::vector<std::string>> lines = answerer.answer(rows);
  if (!lines) { // one of them is wrong: the others have nothing to do with it
    for (Job &job : jobs) {
      answerOne(job, taken, job.rows.size());
    }
    return;
  }
  const double took = secondsBetween(taken, std::chrono::steady_clock::now());
  auto next = lines->begin();
  for (Job &job : jobs) {
    const auto end = next + static_cast<std::ptrdiff_t>(job.rows.size());
    job.done({std::vector<std::string>(std::make_move_iterator(next), std::make_move_iterator(end)),
              secondsBetween(job.since, taken), took, rows.size()});
    next = end;
  }
}

void AnswerQueue::work() {
  for (std::vector<Job> taken = take(); !taken.empty(); taken = take()) {
    answer(taken);
  }
}

} // namespace clew
