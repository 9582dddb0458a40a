// clew-bench-offline-door MODEL WEIGHTS PRECISION THREADS TASK ROWS_TASK DATA: the offline scenario as a long-lived process that offline.py
// drives, so that neither start-up nor reading of files is timed. Its rows are those of ROWS_TASK's dev split; the model has TASK's head. It
// answers a line of stdin with a line of stdout:
//
//   texts OUT.json        {texts: [the rows'], longest: tokens}        -> ok
//   run TOKENS            all rows, text to labels, in batches of about TOKENS tokens -> seconds with text, without, tokens
//   arrive RATE SECONDS BOUND_MS  one at a time, at that rate, as in the scenario server -> rows a second, p50, p99 in ms (nan: not held)
//   save OUT.safetensors  `logits` of all rows one after the other (tag: of each character), `counts`: how many for each row -> ok
//   quit                  ends
#include "cli/Exit.h"
#include "runtime/weights/SafeTensors.h"
#include "suites/run/BenchSubject.h"
#include "suites/run/Offline.h"
#include "zoo/Zoo.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

namespace clew {
namespace {

class OfflineDoor {
public:
  OfflineDoor(Subject subject, std::vector<Row> rows) : subject(std::move(subject)), rows(std::move(rows)) {}

  std::string answer(const std::string &line) {
    const size_t space = line.find(' ');
    const std::string command = line.substr(0, space);
    const std::string argument = space == std::string::npos ? "" : line.substr(space + 1);
    const Result<std::string> said = command == "texts"    ? texts(argument)
                                     : command == "run"    ? run(argument)
                                     : command == "save"   ? save(argument)
                                     : command == "arrive" ? arrive(argument)
                                                           : unknown(command);
    if (said) {
      return *said;
    }
    std::string text = "error: " + said.error().render();
    std::ranges::replace(text, '\n', ' ');
    return text;
  }

private:
  static Result<std::string> unknown(const std::string &command) {
    return fail(ErrorKind::BadInput, fmt::format("unknown command '{}'", command));
  }

  Result<std::string> texts(const std::string &path) {
    nlohmann::json list = nlohmann::json::array();
    for (const Row &row : rows) {
      list.push_back(row.fields.front());
    }
    std::ofstream file(path);
    file << nlohmann::json{{"texts", std::move(list)}, {"longest", subject.longest()}}.dump();
    if (!file.flush()) {
      return fail(ErrorKind::Io, "cannot be written", path);
    }
    return "ok";
  }

  Result<std::string> run(const std::string &argument) {
    OfflineOptions options;
    options.threads = subject.executable().options().threads;
    if (const int64_t tokens = std::atoll(argument.c_str()); tokens > 0) {
      options.tokensOfABatch = tokens;
    }
    const Result<OfflineRun> done = runOffline(subject, rows, options);
    if (!done) {
      return fail(done);
    }
    return fmt::format("{:.6f} {:.6f} {}", done->seconds, done->secondsWithoutText, done->tokens);
  }

  Result<std::string> arrive(const std::string &argument) {
    std::istringstream numbers(argument);
    double rate = 0;
    ScenarioOptions options;
    numbers >> rate >> options.seconds >> options.boundMs;
    options.batch = 8;
    Result<BenchSubject> system =
        BenchSubject::create(subject, rows, subject.encoder(), subject.executable().options().threads);
    if (!system) {
      return fail(system);
    }
    SteadyClock clock;
    const Result<ScenarioResult> done = runServerAt(*system, clock, rate, options);
    if (!done) {
      return fail(done);
    }
    return fmt::format("{:.2f} {:.4f} {:.4f}", static_cast<double>(done->queries) / done->seconds,
                       done->textToLabel.p50.value_or(NAN), done->textToLabel.p99.value_or(NAN));
  }

  Result<std::string> save(const std::string &path) {
    Result<SessionSlot> slot = subject.makeSlot();
    if (!slot) {
      return fail(slot);
    }
    std::vector<float> logits;
    std::vector<int32_t> counts;
    for (size_t i = 0; i < rows.size(); ++i) {
      Result<void> ran = subject.encode(std::span(rows).subspan(i, 1), *slot);
      ran = ran ? subject.run(*slot) : std::move(ran);
      if (!ran) {
        return fail(ran);
      }
      const EncodedRows::Sequence &sequence = slot->encoded.sequences.front();
      const bool tag = subject.task().kind->sequence.logits == SequenceForm::Logits::Token;
      const auto columns = static_cast<size_t>(slot->logits.columns);
      const auto first = tag ? static_cast<size_t>(sequence.textBegin) : 0;
      const auto count = tag ? static_cast<size_t>(sequence.textTokens) : 1;
      const auto values = slot->logits.values().subspan(first * columns, count * columns);
      logits.insert(logits.end(), values.begin(), values.end());
      counts.push_back(static_cast<int32_t>(count));
    }
    const int64_t columns = subject.task().outputs();
    const std::vector<TensorView> tensors = {
        {"logits",
         StoredType::F32,
         {static_cast<int64_t>(logits.size()) / columns, columns},
         std::as_bytes(std::span(logits))},
        {"counts", StoredType::I32, {static_cast<int64_t>(counts.size())}, std::as_bytes(std::span(counts))}};
    if (Result<void> written = writeSafeTensors(path, tensors); !written) {
      return fail(written);
    }
    return "ok";
  }

  Subject subject;
  std::vector<Row> rows;
};

int serve(char **argv) {
  const Result<Precision> precision = precisionNamed(argv[3]);
  if (!precision) {
    return report(precision.error());
  }
  SubjectOptions options;
  options.weights = argv[2];
  options.compile.precision = *precision;
  options.threads = std::max(std::atoi(argv[4]), 1);
  options.dataFolder = argv[7];
  const Result<TaskSet> tasks = TaskSet::open();
  Result<Task> task = tasks ? tasks->find(argv[5]) : fail(tasks);
  Result<Task> rowsTask = tasks ? tasks->find(argv[6]) : fail(tasks);
  if (!task || !rowsTask) {
    return report(task ? rowsTask.error() : task.error());
  }
  Result<Dataset> data = readSplit(*rowsTask, "dev", argv[7]);
  if (!data) {
    return report(data.error());
  }
  const Result<Zoo> zoo = Zoo::open();
  const Result<Model> body = zoo ? zoo->findModel(argv[1]) : fail(zoo);
  const Result<Model> model = body ? zoo->withHead(*body, std::string(task->kind->head), task->outputs()) : fail(body);
  Result<Subject> subject = model ? Subject::open(*task, *model, options) : fail(model);
  if (!subject) {
    return report(subject.error());
  }
  fmt::print("ready rows={}\n", data->rows.size());
  std::fflush(stdout);
  OfflineDoor door(std::move(*subject), std::move(data->rows));
  std::string line;
  while (std::getline(std::cin, line) && line != "quit") {
    fmt::print("{}\n", door.answer(line));
    std::fflush(stdout);
  }
  return kDone;
}

} // namespace
} // namespace clew

int main(int argc, char **argv) {
  if (argc != 8) {
    fmt::print(stderr, "usage: clew-bench-offline-door MODEL WEIGHTS f32|bf16|int8 THREADS TASK ROWS_TASK DATA\n");
    return clew::kUsage;
  }
  return clew::serve(argv);
}
