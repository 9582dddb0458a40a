// See RunProgram.h.
#include "cli/RunProgram.h"

#include "cli/BatchFile.h"
#include "cli/ExecutionJson.h"
#include "cli/Exit.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/Table.h"
#include "runtime/base/OutputPlace.h"
#include "runtime/base/Stopwatch.h"
#include "runtime/session/Session.h"
#include "runtime/weights/SafeTensors.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <sched.h>

#include <algorithm>
#include <cmath>

namespace clew {
namespace {

/// How long the parts took, in seconds.
struct Times {
  double load = 0;
  double run = 0;
};

Result<std::shared_ptr<const Executable>> load(Program program, const RunArguments &arguments, int threads) {
  const Progress progress("loading the weights of " + program.model);
  if (arguments.weights.empty()) {
    say("note: no --weights: they are random (seed {}), and so is what the model says\n", arguments.seed);
  }
  Result<Weights> weights = arguments.weights.empty() ? randomWeights(program, arguments.seed, threads)
                                                      : loadWeights(arguments.weights, program);
  if (!weights) {
    return fail(weights);
  }
  for (const std::string &note : weights->notes()) {
    say("note: {}\n", note);
  }
  ExecutableOptions options;
  options.threads = threads;
  options.deterministic = arguments.deterministic;
  Result<std::shared_ptr<const Executable>> executable =
      Executable::create(std::move(program), std::move(*weights), options);
  if (executable && !arguments.saveWeights.empty()) {
    const Program &made = (*executable)->program();
    SaveOptions save;
    save.metadata.emplace("clew.model", made.model);
    if (Result<void> saved = saveWeights(arguments.saveWeights, made, (*executable)->weights(), save); !saved) {
      return fail(saved);
    }
  }
  return executable;
}

Result<void> writeOutputs(const Session &session, const RunArguments &arguments) {
  const Program &program = session.executable().program();
  std::vector<TensorView> tensors;
  for (const OutputView &output : session.outputs()) {
    tensors.push_back(
        {std::string(output.name), StoredType::F32, {output.rows, output.columns}, std::as_bytes(output.values())});
  }
  SafeTensorsMetadata metadata;
  metadata.emplace("clew.model", program.model);
  metadata.emplace("clew.target", nameOf(program.target));
  metadata.emplace("clew.precision", nameOf(program.precision));
  return writeSafeTensors(arguments.outputs, tensors, metadata);
}

int64_t notFinite(const OutputView &output) {
  return std::ranges::count_if(output.values(), [](float value) { return !std::isfinite(value); });
}

/// The door passes numbers on as they are, so that people can look for where they go wrong; but not without a word.
void noteNotFinite(const Session &session) {
  for (const OutputView &output : session.outputs()) {
    if (const int64_t count = notFinite(output); count > 0) {
      say("note: '{}' holds {} values that are not finite, of {}\n", output.name, count, output.values().size());
    }
  }
}

/// Places that cannot be written are found before a model is loaded, and results give way to outputs that go to standard output.
Result<void> prepareOutputs(const RunArguments &arguments) {
  for (const std::string &path : {arguments.outputs, arguments.saveWeights}) {
    if (path.empty()) {
      continue;
    }
    if (const Result<OutputPlace> place = outputPlace(path); !place) {
      return fail(place);
    }
    if (isStandardOutput(path)) {
      divertResults();
    }
    for (const auto &[other, what] :
         {std::pair(arguments.inputs, "the batch"), std::pair(arguments.weights, "the weights"),
          std::pair(arguments.artifact, "the artifact")}) {
      if (Result<void> apart = refuseReplacing(path, other, what); !apart) {
        return apart;
      }
    }
  }
  return refuseReplacing(arguments.saveWeights, arguments.outputs, "that of the outputs");
}

/// What tables show of a batch.
struct BatchCounts {
  int64_t sequences = 0;
  int64_t tokens = 0;
};

BatchCounts countsOf(const Program &program, const BatchSize &size) {
  const Input *offsets = findInput(program, "offsets");
  return {size.front().count, offsets ? size[static_cast<size_t>(offsets->level)].count : 0};
}

void showJson(const Session &session, const BatchCounts &batch, const RunArguments &arguments, const Times &times) {
  nlohmann::ordered_json outputs = nlohmann::ordered_json::array();
  for (const OutputView &output : session.outputs()) {
    outputs.push_back(
        {{"name", output.name}, {"shape", {output.rows, output.columns}}, {"not_finite", notFinite(output)}});
  }
  nlohmann::ordered_json out = {{"model", session.executable().program().model}};
  out.update(executionJson(session.executable()));
  out.update({{"random_weights", arguments.weights.empty()},
              {"sequences", batch.sequences},
              {"tokens", batch.tokens},
              {"load_s", times.load},
              {"first_run_s", times.run},
              {"outputs", std::move(outputs)}});
  printJson(out);
}

void showTable(const Session &session, const BatchCounts &batch, const RunArguments &arguments, const Times &times) {
  const Program &program = session.executable().program();
  Table table({{"output"}, {"rows", Align::Right}, {"columns", Align::Right}});
  for (const OutputView &output : session.outputs()) {
    table.add({std::string(output.name), grouped(output.rows), grouped(output.columns)});
  }
  printText(table.render());
  say("{} on {} in {}, {} sequences, {} tokens: loaded in {:.3f} s, first run {:.4f} s; wrote {}\n", program.model,
      nameOf(program.target), nameOf(program.precision), batch.sequences, batch.tokens, times.load, times.run,
      arguments.outputs);
}

} // namespace

int usableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

void addRunOptions(CLI::App &command, RunArguments &arguments) {
  command.add_option("--inputs", arguments.inputs, "The batch")->required()->type_name("IN.safetensors");
  command.add_option("--outputs", arguments.outputs, "Where results go")->required()->type_name("OUT.safetensors");
  command.add_option("--weights", arguments.weights, "A .safetensors file or a Hugging Face folder; random without")
      ->type_name("WEIGHTS");
  command.add_option("--save-weights", arguments.saveWeights, "Also write the weights that were used")
      ->type_name("FILE.safetensors");
  command.add_option("--seed", arguments.seed, "Of random weights; 0 by default")->type_name("N");
  command.add_option("--threads", arguments.threads, "Threads; by default one a core")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command.add_flag("--deterministic", arguments.deterministic,
                   "The same bits whatever the threads and the other sequences of the batch");
  command.add_flag("--json", arguments.json, "Print what was written as JSON");
}

int runProgram(Program program, const RunArguments &arguments) {
  if (const Result<void> prepared = prepareOutputs(arguments); !prepared) {
    return report(prepared.error());
  }
  std::vector<std::string> notes;
  const Result<BatchFile> file = readBatch(arguments.inputs, program, notes);
  if (!file) {
    return report(file.error());
  }
  for (const std::string &note : notes) {
    say("note: {}\n", note);
  }
  const Batch batch = file->batch();
  // Before the weights: a mistake in the batch should not take as long as a model.
  const Result<BatchSize> size = checkBatch(program, batch);
  if (!size) {
    Error error = size.error();
    error.where = error.where.empty() ? arguments.inputs : error.where;
    return report(error);
  }
  const BatchCounts counts = countsOf(program, *size);
  if (isCarrying(program)) {
    say("note: the model goes on where the batch before ended ('state: carry'); here there is none, and it begins with "
        "zeros\n");
  }
  Times times;
  const Stopwatch loading;
  const int threads = arguments.threads > 0 ? arguments.threads : usableCores();
  Result<std::shared_ptr<const Executable>> executable = load(std::move(program), arguments, threads);
  if (!executable) {
    return report(executable.error());
  }
  Result<Session> session = Session::create(std::move(*executable));
  if (!session) {
    return report(session.error());
  }
  times.load = loading.seconds();
  const Stopwatch running;
  Result<void> ran = [&] {
    const Progress progress("running");
    return session->run(batch);
  }();
  if (!ran) {
    return report(ran.error());
  }
  times.run = running.seconds();
  if (Result<void> written = writeOutputs(*session, arguments); !written) {
    return report(written.error());
  }
  noteNotFinite(*session);
  (arguments.json ? showJson : showTable)(*session, counts, arguments, times);
  return kDone;
}

} // namespace clew
