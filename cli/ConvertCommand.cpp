// clew convert: a checkpoint of any format that is read into one that is written, with what belongs to it.
#include "cli/ChoiceOption.h"
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "runtime/base/OutputPlace.h"
#include "runtime/weights/CheckpointFormats.h"
#include "runtime/weights/CheckpointMatch.h"
#include "runtime/weights/ConvertCheckpoint.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

namespace clew {
namespace {

namespace fs = std::filesystem;

constexpr std::array kConvertedTypes{StoredType::F32, StoredType::F16, StoredType::BF16};

struct ConvertArguments {
  std::string in;
  std::string out;
  std::string type = "keep";
  std::optional<WrittenFormat> format; ///< of a file, whatever its name
  ModelArgument model;                 ///< without spec: tensors keep their names
  std::string names;
  bool json = false;
};

/// Where the weights go, and the folder that takes the files beside them; empty if OUT is a file.
struct Destination {
  std::string file;
  std::string folder;
  WrittenFormat format = WrittenFormat::SafeTensors;
};

/// A conversion as it was done.
struct Outcome {
  uint64_t tensors = 0;
  uint64_t changed = 0;
  uint64_t infinite = 0;
  std::vector<std::string> copied;
  std::vector<std::string> notes;
};

Result<Destination> destinationOf(const std::string &out, std::optional<WrittenFormat> format) {
  format = format ? format : writtenFormatOf(out);
  if (format) {
    if (const Result<OutputPlace> place = outputPlace(out); !place) {
      return fail(place);
    }
    if (isStandardOutput(out)) {
      divertResults();
    }
    return Destination{out, "", *format};
  }
  std::error_code error;
  if (fs::exists(out, error) && (!fs::is_directory(out, error) || !fs::is_empty(out, error))) {
    return fail(ErrorKind::BadInput,
                "expected a new or empty folder, a file .safetensors, .npz, .bin, .pt or .pth, or --format, found "
                "something else",
                out);
  }
  return Destination{(fs::path(out) / "model.safetensors").string(), out, WrittenFormat::SafeTensors};
}

/// What the files say of themselves; only safetensors can take it along.
SafeTensorsMetadata metadataFor(const TensorFiles &files, const Destination &to, Outcome &outcome) {
  if (to.format != WrittenFormat::SafeTensors && !files.metadata().empty()) {
    std::vector<std::string> keys;
    for (const auto &[key, value] : files.metadata()) {
      keys.push_back(quoteName(key));
    }
    outcome.notes.push_back(
        fmt::format("{} has no metadata: {} stay behind", nameOf(to.format), fmt::join(keys, ", ")));
  }
  return files.metadata();
}

Result<void> write(const ConvertedTensors &tensors, const Destination &to, const SafeTensorsMetadata &metadata,
                   Outcome &outcome) {
  if (Result<void> made = to.folder.empty() ? Result<void>() : makeFolder(to.folder); !made) {
    return made;
  }
  if (Result<void> written = writeCheckpoint(to.file, to.format, tensors.sources, metadata); !written) {
    return written;
  }
  outcome.tensors = tensors.sources.size();
  for (const ChangedValues &changed : *tensors.changed) {
    outcome.changed += changed.changed;
    outcome.infinite += changed.infinite;
  }
  return {};
}

/// Tensors of the file that are none of the model's.
void noteUnread(const TensorFiles &files, const Program &program, Outcome &outcome) {
  const Result<CheckpointMatch> match = matchCheckpoint(files, program);
  std::vector<std::string> unread;
  for (const TensorView *tensor : files.tensors()) {
    if (match && std::ranges::find(match->tensors, tensor) == match->tensors.end()) {
      unread.push_back(quoteName(tensor->name));
    }
  }
  if (!unread.empty()) {
    const size_t shown = std::min<size_t>(unread.size(), 8);
    outcome.notes.push_back(fmt::format("{} tensors are none of {}'s and stay behind: {}{}", unread.size(),
                                        program.model, fmt::join(std::span(unread).first(shown), ", "),
                                        shown < unread.size() ? ", ..." : ""));
  }
}

Result<const CheckpointNames *> namesOf(const Program &program, const std::string &format) {
  if (format.empty()) {
    return &firstNames(program);
  }
  std::vector<std::string_view> known;
  for (const CheckpointNames &names : program.checkpoints) {
    known.push_back(names.form.format);
    if (names.form.format == format) {
      return &names;
    }
  }
  return fail(ErrorKind::NotFound,
              fmt::format("{} has no way of naming '{}': there is {}", program.model, format, fmt::join(known, ", ")));
}

/// A model whose weights are written under one of its ways of naming.
struct NamedModel {
  Program program; ///< reads every parameter of the model
  CheckpointNames names;
};

Result<Program> wholeProgram(const ModelArgument &argument) {
  const Result<Model> model = loadModel(argument);
  if (!model) {
    return fail(model);
  }
  CompileOptions options;
  options.target = Target::Ref;
  for (const auto &[name, value] : model->outputs) {
    options.outputs.push_back(name);
  }
  const Progress progress("compiling " + model->name());
  return compileCached(*model, options);
}

Result<NamedModel> namedModel(const ConvertArguments &arguments) {
  Result<Program> program = wholeProgram(arguments.model);
  const Result<const CheckpointNames *> names = program ? namesOf(*program, arguments.names) : fail(program);
  if (!names) {
    return fail(names);
  }
  CheckpointNames chosen = **names;
  return NamedModel{std::move(*program), std::move(chosen)};
}

Result<void> convertModel(const std::string &in, const TensorFiles &files, const NamedModel &model,
                          std::optional<StoredType> type, const Destination &to, Outcome &outcome) {
  const Result<Weights> weights = loadWeights(in, model.program);
  if (!weights) {
    return fail(weights);
  }
  const Result<NamedWeights> named = NamedWeights::make(model.program, *weights, model.names, false);
  if (!named) {
    return fail(named);
  }
  outcome.notes.insert(outcome.notes.end(), weights->notes().begin(), weights->notes().end());
  noteUnread(files, model.program, outcome);
  if (named->mayRound()) {
    outcome.notes.emplace_back(
        "biases that the model has whole are stored less a constant: their last bit may be rounded");
  }
  SafeTensorsMetadata metadata = metadataFor(files, to, outcome);
  metadata["clew.model"] = model.program.model;
  return write(convertTensors(*named, type), to, metadata, outcome);
}

std::optional<StoredType> typeNamed(const std::string &name) {
  for (const StoredType type : kConvertedTypes) {
    if (CLI::detail::to_lower(std::string(nameOf(type))) == name) {
      return type;
    }
  }
  return std::nullopt;
}

/// `model` is null where tensors keep their names.
Result<void> convertAll(const ConvertArguments &arguments, const NamedModel *model, const Destination &to,
                        Outcome &outcome) {
  const Result<CheckpointFolder> folder = CheckpointFolder::open(arguments.in);
  const Result<TensorFiles> files = folder ? openTensors(*folder) : fail(folder);
  const Result<std::vector<std::string>> beside = files ? companionsOf(*folder) : fail(files);
  if (!beside) {
    return fail(beside);
  }
  const std::optional<StoredType> type = typeNamed(arguments.type);
  Result<void> written = model ? convertModel(arguments.in, *files, *model, type, to, outcome)
                               : write(convertTensors(*files, type), to, metadataFor(*files, to, outcome), outcome);
  if (!written) {
    return written;
  }
  if (to.folder.empty()) {
    if (!beside->empty()) {
      outcome.notes.push_back(
          fmt::format("{} stay behind; convert to a folder to take them along", fmt::join(*beside, ", ")));
    }
    return {};
  }
  outcome.copied = *beside;
  return copyCompanions(*folder, *beside, to.folder);
}

void show(const Outcome &outcome, const std::string &file, bool json) {
  if (json) {
    printJson(nlohmann::ordered_json{{"file", file},
                                     {"tensors", outcome.tensors},
                                     {"changed", outcome.changed},
                                     {"copied", outcome.copied},
                                     {"notes", outcome.notes}});
  } else {
    printOut("{}: {} tensors{}\n", file, outcome.tensors,
             outcome.copied.empty() ? "" : fmt::format(", and {}", fmt::join(outcome.copied, ", ")));
  }
}

int convert(const ConvertArguments &arguments) {
  const Result<Destination> to = destinationOf(arguments.out, arguments.format);
  if (!to) {
    return report(to.error());
  }
  if (const Result<void> apart = refuseReplacing(to->file, arguments.in, "IN"); !apart) {
    return report(apart.error());
  }
  std::optional<NamedModel> model;
  if (!arguments.model.spec.empty()) {
    Result<NamedModel> named = namedModel(arguments);
    if (!named) {
      return report(named.error(), codeOf(named.error()));
    }
    model = std::move(*named);
  }
  Outcome outcome;
  if (const Result<void> done = convertAll(arguments, model ? &*model : nullptr, *to, outcome); !done) {
    return report(done.error());
  }
  if (outcome.changed > 0) {
    outcome.notes.push_back(
        fmt::format("{} values changed by the conversion to {}{}", outcome.changed, arguments.type,
                    outcome.infinite > 0 ? fmt::format(", {} of them to infinity", outcome.infinite) : ""));
  }
  for (const std::string &note : outcome.notes) {
    say("note: {}\n", note);
  }
  show(outcome, to->file, arguments.json);
  return kDone;
}

} // namespace

void addConvertCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<ConvertArguments>();
  CLI::App *command = app.add_subcommand("convert", "Write a checkpoint in another format");
  command->footer(
      "Examples:\n  clew convert pytorch_model.bin model.safetensors\n"
      "  clew convert uncased_L-12 converted --model bert/base --names huggingface\n"
      "  clew convert bert-base-chinese small.npz --dtype f16\n\n"
      "IN is what WEIGHTS may be everywhere. OUT is a file .safetensors, .npz, .bin, .pt or .pth (as PyTorch\n"
      "reads them), or a new folder, which gets model.safetensors and config, labels and tokenizer\n"
      "files. Integers stay what they are; values that a narrower type changes are counted.");
  command->add_option("IN", arguments->in, "A weights file or a folder")->required();
  command->add_option("OUT", arguments->out, "A file, or a new folder")->required();
  command->add_option("--dtype", arguments->type, "The type of floats: keep, f32, f16 or bf16")
      ->check(CLI::IsMember({"keep", "f32", "f16", "bf16"}))
      ->capture_default_str();
  addChoice(*command, "--format", arguments->format, kWrittenFormats,
            "The format of a file whose name does not say it: safetensors, npz or pytorch");
  CLI::Option *model =
      command->add_option("--model", arguments->model.spec, "The weights are this model's: write its names and layout");
  command->add_option("--names", arguments->names, "Which of the model's ways of naming; the first if it is not said")
      ->needs(model);
  command->add_option("--task", arguments->model.task, "The task that the weights have a head for")->needs(model);
  addZooOption(*command, arguments->model.zoo);
  addTasksOption(*command, arguments->model.tasks);
  command->add_flag("--json", arguments->json, "Print what was done as JSON");
  command->callback([arguments, &chosen] { chosen = [arguments] { return convert(*arguments); }; });
}

} // namespace clew
