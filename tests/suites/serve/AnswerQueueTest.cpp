// The queue without a model: what is answered together, what waits and what may not, whose errors are whose, and how it ends.
#include "suites/serve/AnswerQueue.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <map>
#include <set>

namespace clew {
namespace {

/// Answers with the row's text, once the gate is open; a text "wrong" is an error.
struct EchoAnswerer final : RowAnswerer {
  Result<std::vector<std::string>> answer(std::span<const Row> rows) override {
    gate.wait();
    calls.push_back(rows.size());
    std::vector<std::string> lines;
    for (const Row &row : rows) {
      if (row.fields.front() == "wrong") {
        return fail(ErrorKind::BadInput, "it is wrong");
      }
      lines.push_back(row.fields.front());
    }
    return lines;
  }
  std::promise<void> open;
  std::shared_future<void> gate = open.get_future().share();
  std::vector<size_t> calls;
};

std::vector<Row> rowsOf(const std::vector<std::string> &texts) {
  std::vector<Row> rows;
  for (const std::string &text : texts) {
    Row row;
    row.fields = {text};
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Answers by the text that was asked first.
struct Answers {
  AnswerQueue::Done at(const std::string &name) {
    return [this, name](const QueueAnswer &answer) {
      const std::lock_guard guard(mutex);
      CHECK(!lines.contains(name));
      lines.insert_or_assign(name,
                             answer.lines ? *answer.lines : std::vector<std::string>{answer.lines.error().message});
      together[name] = answer.together;
    };
  }
  std::mutex mutex;
  std::map<std::string, std::vector<std::string>> lines;
  std::map<std::string, size_t> together;
};

/// Until the first job is taken: then all others wait.
void awaitTaken(const AnswerQueue &queue) {
  while (queue.waiting() > 0) {
    std::this_thread::yield();
  }
}

} // namespace

TEST_CASE("what waits is answered together, up to the bound, in order") {
  EchoAnswerer echo;
  Answers answers;
  AnswerQueue queue(echo, {.waiting = 8, .together = 4});
  CHECK(queue.submit(rowsOf({"first"}), answers.at("first")));
  awaitTaken(queue);
  CHECK(queue.submit(rowsOf({"a", "b"}), answers.at("ab")));
  CHECK(queue.submit(rowsOf({"c"}), answers.at("c")));
  CHECK(queue.submit(rowsOf({"d", "e"}), answers.at("de"))); // would make five
  CHECK(queue.submit(rowsOf({"f", "g", "h"}), answers.at("fgh")));
  CHECK(queue.waiting() == 8);
  CHECK_FALSE(queue.submit(rowsOf({"too many"}), answers.at("too many")));
  echo.open.set_value();
  queue.finish();
  CHECK(echo.calls == std::vector<size_t>{1, 3, 2, 3});
  CHECK(answers.lines["ab"] == std::vector<std::string>{"a", "b"});
  CHECK(answers.lines["c"] == std::vector<std::string>{"c"});
  CHECK(answers.lines["fgh"] == std::vector<std::string>{"f", "g", "h"});
  CHECK(answers.together["c"] == 3);
  CHECK(answers.lines.size() == 5);
  CHECK(queue.waiting() == 0);
  CHECK_FALSE(queue.submit(rowsOf({"late"}), answers.at("late")));
}

TEST_CASE("what is handed in together may be more than the bound of a batch, not of the queue") {
  EchoAnswerer echo;
  Answers answers;
  AnswerQueue queue(echo, {.waiting = 3, .together = 1});
  CHECK_FALSE(queue.submit(rowsOf({"a", "b", "c", "d"}), answers.at("abcd")));
  CHECK(queue.submit(rowsOf({"a", "b", "c"}), answers.at("abc")));
  echo.open.set_value();
  queue.finish();
  CHECK(echo.calls == std::vector<size_t>{3});
}

TEST_CASE("one wrong row is the error of those it came with alone") {
  EchoAnswerer echo;
  Answers answers;
  AnswerQueue queue(echo, {});
  CHECK(queue.submit(rowsOf({"first"}), answers.at("first")));
  awaitTaken(queue);
  CHECK(queue.submit(rowsOf({"a"}), answers.at("a")));
  CHECK(queue.submit(rowsOf({"b", "wrong"}), answers.at("b")));
  CHECK(queue.submit(rowsOf({"c"}), answers.at("c")));
  echo.open.set_value();
  queue.finish();
  CHECK(answers.lines["a"] == std::vector<std::string>{"a"});
  CHECK(answers.lines["b"] == std::vector<std::string>{"it is wrong"});
  CHECK(answers.lines["c"] == std::vector<std::string>{"c"});
}

TEST_CASE("many threads lose and double nothing, and are told what is refused") {
  EchoAnswerer echo;
  echo.open.set_value();
  AnswerQueue queue(echo, {.waiting = 16, .together = 8});
  constexpr int threads = 8;
  constexpr int each = 500;
  std::atomic<int> refused = 0;
  std::mutex mutex;
  std::multiset<std::string> answered;
  std::vector<std::thread> clients;
  for (int t = 0; t < threads; ++t) {
    clients.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        const std::string name = std::to_string(t * each + i);
        const bool taken = queue.submit(rowsOf({name}), [&, name](const QueueAnswer &answer) {
          const std::lock_guard guard(mutex);
          answered.insert(answer.lines && answer.lines->front() == name ? name : "another's");
        });
        refused += taken ? 0 : 1;
      }
    });
  }
  for (std::thread &client : clients) {
    client.join();
  }
  queue.finish();
  CHECK(answered.size() + static_cast<size_t>(refused.load()) == threads * each);
  CHECK(std::set<std::string>(answered.begin(), answered.end()).size() == answered.size());
  CHECK_FALSE(answered.contains("another's"));
}

} // namespace clew
