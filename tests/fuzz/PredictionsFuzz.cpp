// Prediction files of every kind of task. The first byte picks it.
#include "suites/metrics/Prediction.h"
#include "tests/fuzz/Harness.h"
#include "tests/suites/metrics/MetricCases.h"

#include <array>

namespace clew::fuzz {
namespace {

const Task &taskOf(size_t which) {
  static const std::array<Task, 8> tasks = {makeTask(classifyKind(), {"0", "1", "好"}),
                                            makeTask(pairKind(), {"yes", "no"}),
                                            makeTask(tagKind(), {"name", "place"}),
                                            makeTask(spanKind(), {}),
                                            makeTask(regressionKind(), {}),
                                            makeTask(choiceKind(), {}),
                                            makeTask(clozeKind(), {}),
                                            makeTask(multiLabelKind(), {"0", "1", "好"})};
  return tasks[which % tasks.size()];
}

/// What is written of an answer is read as that answer. Of entities it can be written only where the file gives their text.
void expectSame(const Task &task, const Prediction &prediction) {
  Row row;
  row.fields.assign(task.kind->fields.size(), "");
  if (const auto *labels = std::get_if<LabelsAnswer>(&prediction.answer); labels && !labels->blanks.empty()) {
    return; // what is written of blanks depends on their row
  }
  if (const auto *entities = std::get_if<EntityAnswer>(&prediction.answer)) {
    if (entities->text.empty()) {
      return;
    }
    row.fields.front() = entities->text;
  }
  const std::string line = renderPrediction(task, row, prediction);
  expectText(line);
  const Result<std::vector<Prediction>> again = parsePredictions(task, line + "\n", "again");
  expect(again && again->size() == 1, "a line that reads", again ? line : again.error().render());
  expect(again->front().id == prediction.id && again->front().answer == prediction.answer, "the same again", line);
}

void run(std::string_view bytes) {
  if (bytes.empty()) {
    return;
  }
  const Task &task = taskOf(static_cast<unsigned char>(bytes.front()));
  const Result<std::vector<Prediction>> read = parsePredictions(task, bytes.substr(1), "f");
  if (!read) {
    expectRefusal(read.error(), "f");
    return;
  }
  for (const Prediction &prediction : *read) {
    expectSame(task, prediction);
  }
}

std::vector<std::string> seeds() {
  return {std::string("\0", 1) + "{\"id\": 1, \"label\": \"0\", \"probs\": {\"0\": 0.5, \"1\": 0.25, \"好\": "
                                 "2.5e-1}}\n\n{\"id\": \"a\", \"label\": 1}\n",
          std::string("\0", 1) + "{\"id\": -1, \"label\": \"好\", \"label_desc\": \"x\"}\n",
          "\1{\"id\": 18446744073709551615, \"label\": \"no\"}\n",
          "\1\xef\xbb\xbf{\"id\": 0, \"label\": \"yes\"}",
          "\2{\"id\": 0, \"text\": \"彭小军在台湾\", \"label\": {\"name\": {\"彭小军\": [[0, 2]]}, \"place\": "
          "{\"台湾\": [[4, 5]]}}}\n",
          "\2{\"id\": 0, \"label\": {\"name\": {\"x\": [[0, 0], [3, 3]]}}}\n",
          "\3{\"id\": \"Q0\", \"answer\": \"下\", \"start\": 1}\n{\"id\": \"Q1\", \"answer\": \"\", \"start\": null}\n",
          "\3{\n \"Q0\": \"下\",\n \"Q1\": \"\"}\n",
          "\3{\"Q0\": \"下\"}",
          "\4{\"id\": 0, \"label\": 2.5}\n{\"id\": 1, \"label\": \"-1e-3\"}\n",
          "\4index\tprediction\n0\t2.500\n",
          "\5{\"id\": 0, \"label\": 1, \"probs\": [0.25, 0.75]}\n{\"id\": 1, \"label\": \"3\"}\n",
          "\6{\"id\": 0, \"label\": {\"#idiom1#\": 1, \"#idiom2#\": \"0\"}}\n{\"id\": 1, \"answer\": 3}\n",
          "\6{\"id\": 0, \"label\": {}}\n", // found here: an answer to no blank
          "\6{\n \"#idiom1#\": 1,\n \"#idiom2#\": 0}",
          "\7{\"id\": 0, \"label\": [\"1\", \"好\"], \"probs\": {\"0\": 0.25, \"1\": 0.5, \"好\": 1}}\n"};
}

const Harness harness("predictions", run, seeds);

} // namespace
} // namespace clew::fuzz
