// Bodies of requests to `clew serve`, of several kinds of task, with a model that says yes. The first byte picks the kind.
#include "runtime/base/JsonValue.h"
#include "suites/serve/PredictService.h"
#include "tests/fuzz/Harness.h"
#include "tests/suites/metrics/MetricCases.h"

#include <nlohmann/json.hpp>

#include <array>

namespace clew::fuzz {
namespace {

struct YesAnswerer final : RowAnswerer {
  Result<std::vector<std::string>> answer(std::span<const Row> rows) override {
    return std::vector<std::string>(rows.size(), "{\"label\":\"yes\"}");
  }
};

const Task &taskOf(size_t which) {
  static const std::array<Task, 5> tasks = {makeTask(classifyKind(), {"0"}), makeTask(pairKind(), {"0"}),
                                            makeTask(spanKind(), {}), makeTask(choiceKind(), {}),
                                            makeTask(clozeKind(), {})};
  return tasks[which % tasks.size()];
}

void run(std::string_view bytes) {
  if (bytes.empty()) {
    return;
  }
  YesAnswerer yes;
  AnswerQueue queue(yes, {.waiting = 16, .together = 4});
  PredictService service(taskOf(static_cast<unsigned char>(bytes.front())), queue,
                         {.model = "m", .version = "1", .weightsSha256 = "w", .textCharacters = 1000});
  HttpResponse response;
  int answers = 0;
  service.handle({"POST", "/predict", std::string(bytes.substr(1))}, [&](HttpResponse given) {
    response = std::move(given);
    ++answers;
  });
  queue.finish();
  expect(answers == 1, "one answer");
  const Result<nlohmann::json> json = parseJson(response.body, "response");
  expect(json && json->is_object(), "JSON", response.body);
  if (response.status != 200) {
    expect(response.status == 400 || response.status == 413, "a fault of the request", response.body);
    expect((*json)["error"]["status"] == response.status, "told so", response.body);
  }
}

std::vector<std::string> seeds() {
  const std::string many = [] {
    std::string rows = "{\"text\":\"a\"}";
    for (int i = 0; i < 16; ++i) {
      rows += ",{\"text\":\"a\"}";
    }
    return "{\"rows\":[" + rows + "]}";
  }();
  return {std::string("\0", 1) + R"({"text": "石桥", "id": "x"})",
          std::string("\0", 1) + R"({"rows": [{"text": "a"}, {"text": "b", "id": 7}]})",
          std::string("\0", 1) + many,
          std::string("\0", 1) + "{\"text\": \"" + std::string(1001, 'a') + "\"}",
          "\1{\"sentence1\": \"a\", \"sentence2\": \"\"}",
          "\2{\"context\": \"c\", \"question\": \"q\"}",
          "\3{\"context\": \"c\", \"question\": \"q\", \"choices\": [\"x\", \"y\"]}",
          "\4{\"content\": [\"a #idiom000001# b\"], \"candidates\": [\"x\", \"y\"]}"};
}

const Harness harness("requests", run, seeds);

} // namespace
} // namespace clew::fuzz
