// clew-bench-door MODEL|FILE.onnx WEIGHTS PRECISION THREADS [TARGET]: a long-lived process that compare.py drives, so that neither start-up nor
// reading of files is timed. It loads one model at one precision and answers a line of stdin with a line of stdout:
//
//   load IN.safetensors   the batch of the following runs             -> ok
//   run N                 runs the batch N times                      -> N times in microseconds
//   save OUT.safetensors  writes the results of the last run          -> ok
//   quit                  ends
//
// An ONNX file has its own weights, and batches packed as its graph of nn reads them: WEIGHTS is then "-".
//
// The first line it says is "ready ..."; what fails is answered by "error: ...". A time is that of Session::run alone, with
// everything that depends on the batch: checks, layout and derived inputs of a size never seen before included.
#include "cli/BatchFile.h"
#include "cli/Exit.h"
#include "runtime/weights/SafeTensors.h"
#include "tests/bench/OpenModel.h"
#include "zoo/Zoo.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

namespace clew {
namespace {

class Door {
public:
  explicit Door(Session session) : session(std::move(session)) {}

  /// The answer to one line, without the end of line.
  std::string answer(const std::string &line) {
    const size_t space = line.find(' ');
    const std::string command = line.substr(0, space);
    const std::string argument = space == std::string::npos ? "" : line.substr(space + 1);
    const Result<std::string> said = command == "load"   ? load(argument)
                                     : command == "run"  ? run(argument)
                                     : command == "save" ? save(argument)
                                                         : Result<std::string>(unknown(command));
    if (said) {
      return *said;
    }
    std::string text = "error: " + said.error().message;
    std::ranges::replace(text, '\n', ' ');
    return text;
  }

private:
  static Result<std::string> unknown(const std::string &command) {
    return fail(ErrorKind::BadInput, fmt::format("unknown command '{}'", command));
  }

  Result<std::string> load(const std::string &path) {
    std::vector<std::string> notes;
    Result<BatchFile> read = readBatch(path, session.executable().program(), notes);
    if (!read) {
      return fail(read);
    }
    file = std::move(*read);
    return "ok";
  }

  Result<std::string> run(const std::string &argument) {
    int count = 0;
    const char *end = argument.data() + argument.size();
    if (const auto [last, error] = std::from_chars(argument.data(), end, count);
        error != std::errc() || last != end || count < 1) {
      return fail(ErrorKind::BadInput, fmt::format("expected a number of runs, found '{}'", argument));
    }
    const Batch batch = file.batch();
    std::string times;
    for (int index = 0; index < count; ++index) {
      const auto begin = std::chrono::steady_clock::now();
      const Result<void> ran = session.run(batch);
      const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
      if (!ran) {
        return fail(ran);
      }
      fmt::format_to(std::back_inserter(times), "{}{:.3f}", times.empty() ? "" : " ", took.count());
    }
    return times;
  }

  Result<std::string> save(const std::string &path) {
    std::vector<TensorView> tensors;
    for (const OutputView &output : session.outputs()) {
      tensors.push_back(
          {std::string(output.name), StoredType::F32, {output.rows, output.columns}, std::as_bytes(output.values())});
    }
    if (Result<void> written = writeSafeTensors(path, tensors); !written) {
      return fail(written);
    }
    return "ok";
  }

  Session session;
  BatchFile file;
};

Result<Session> open(const std::string &name, const OpenOptions &options) {
  if (name.ends_with(".onnx")) {
    return openOnnxModel(name, options);
  }
  const Result<Zoo> zoo = Zoo::open();
  const Result<Model> model = zoo ? zoo->findModel(name) : fail(zoo);
  return model ? openModel(*model, options) : fail(model);
}

int serve(const std::string &name, const OpenOptions &options) {
  Result<Session> session = open(name, options);
  if (!session) {
    return report(session.error());
  }
  const Program &program = session->executable().program();
  fmt::print("ready model={} scheme={}\n", program.model, program.scheme);
  std::fflush(stdout);
  Door door(std::move(*session));
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
  clew::OpenOptions options;
  const bool counted = argc == 5 || argc == 6;
  const auto precision = clew::precisionNamed(counted ? argv[3] : "");
  const auto target = clew::targetNamed(argc == 6 ? argv[5] : "cpu");
  options.threads = counted ? std::atoi(argv[4]) : 0;
  if (!precision || !target || options.threads < 1) {
    fmt::print(stderr, "usage: clew-bench-door MODEL|FILE.onnx WEIGHTS f32|bf16|int8 THREADS [ref|cpu|cuda]\n");
    return clew::kUsage;
  }
  options.compile.precision = *precision;
  options.compile.target = *target;
  options.weights = argv[2];
  return clew::serve(argv[1], options);
}
