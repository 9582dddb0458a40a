// clew check: everything that is wrong with YAML files, records and predictions, all at once.
#include "cli/CheckYaml.h"
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/OnnxCommand.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/RecordGold.h"
#include "cli/RunProgram.h"
#include "runtime/base/LineReader.h"
#include "suites/check/RecordChecker.h"
#include "suites/metrics/Prediction.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace clew {
namespace {

namespace fs = std::filesystem;

struct CheckArguments {
  std::vector<std::string> paths;
  std::string task;          ///< that files of predictions are for
  std::optional<Task> found; ///< the same, looked up
  std::vector<std::string> tasks;
  std::vector<std::string> zoo;
  std::string data;
  bool json = false;
};

bool isJsonLines(const std::string &path) { return fs::path(path).extension() == ".jsonl"; }

/// Records say their schema in every line; what does not is taken for predictions. `clew bench` may be killed before its first record.
bool holdsRecords(const std::string &path) {
  Result<LineReader> file = LineReader::open(path);
  std::string line;
  const Result<bool> first = file ? file->next(line) : false;
  return first && *first ? line.find("\"schema\"") != std::string::npos : fs::path(path).filename() == "records.jsonl";
}

/// The YAML and .jsonl files below a folder, in the order of their names.
Result<std::vector<std::string>> filesBelow(const std::string &folder) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code ignored;
    if ((isYaml(at->path().string()) || isJsonLines(at->path().string())) && at->is_regular_file(ignored)) {
      files.push_back(at->path().string());
    }
  }
  if (error) {
    return fail(ErrorKind::Io, error.message(), folder);
  }
  if (files.empty()) {
    return fail(ErrorKind::NotFound, "holds no .yaml and no .jsonl file", folder);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Error> checkPredictions(const std::string &path, const CheckArguments &arguments) {
  if (!arguments.found) {
    return {Error{ErrorKind::BadInput,
                  "these are no records; to check them as predictions, say of which task: --task T", path}};
  }
  const Result<std::vector<Prediction>> read = readPredictions(*arguments.found, path);
  return read ? std::vector<Error>() : std::vector<Error>{read.error()};
}

/// The files to check.
struct Collected {
  std::vector<std::string> files;
  std::set<std::string> below; ///< of them, those that were found in a folder and not named
};

void collect(const std::string &path, Collected &collected, std::vector<Error> &errors) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    errors.push_back({ErrorKind::NotFound, "no such file or folder", path});
  } else if (fs::is_directory(status)) {
    if (Result<std::vector<std::string>> found = filesBelow(path)) {
      collected.files.insert(collected.files.end(), found->begin(), found->end());
      collected.below.insert(found->begin(), found->end());
    } else {
      errors.push_back(found.error());
    }
  } else if (!fs::is_regular_file(status)) { // files are looked at twice, and a pipe would be waited for
    errors.push_back({ErrorKind::BadInput, "expected a file or a folder, found a device, a FIFO or a socket", path});
  } else {
    collected.files.push_back(path);
  }
}

/// Checks files of records together with the predictions that they name, and the others one by one.
class Checker {
public:
  explicit Checker(const CheckArguments &arguments)
      : arguments(arguments),
        records(recordGold(arguments.tasks, arguments.data, arguments.zoo), std::time(nullptr), usableCores()) {}

  void check(const Collected &collected) {
    Progress progress("checking", static_cast<int64_t>(collected.files.size()));
    // Records first: they say which predictions are theirs.
    for (const std::string &path : collected.files) {
      if (isJsonLines(path) && holdsRecords(path)) {
        checkRecords(path);
        progress.advance();
      }
    }
    for (const std::string &path : collected.files) {
      if (isJsonLines(path) && holdsRecords(path)) {
        continue;
      }
      if (isJsonLines(path)) {
        checkPredictionsFile(path, collected.below.contains(path));
      } else {
        add(isOnnx(path) ? checkOnnx(path) : checkYaml(path));
      }
      progress.advance();
    }
  }

  std::vector<Error> errors;
  std::map<std::string, int64_t> unchecked; ///< what could not be looked at, and of how many records

private:
  void add(std::vector<Error> more) {
    errors.insert(errors.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }

  void checkRecords(const std::string &path) {
    Result<RecordLines> lines = readAllRecords(path);
    if (!lines) {
      errors.push_back(lines.error());
      return;
    }
    add(std::move(lines->errors));
    const std::vector<CheckedRecord> checked = records.checkAll(lines->records);
    for (size_t i = 0; i < checked.size(); ++i) {
      const SourcedRecord &sourced = lines->records[i];
      for (const std::string &fault : checked[i].faults) {
        errors.push_back({ErrorKind::BadInput, fault, sourced.where});
      }
      for (const std::string &reason : checked[i].unchecked) {
        ++unchecked[reason];
      }
      std::error_code ignored;
      if (const NamedFile named = predictionsOf(sourced.record); !named.path.empty()) {
        known.insert(fs::weakly_canonical(fs::path(sourced.folder) / named.path, ignored));
      }
    }
    std::error_code ignored;
    folders.push_back(
        fs::weakly_canonical(fs::path(path).parent_path().empty() ? "." : fs::path(path).parent_path(), ignored));
  }

  /// Predictions that a record names were checked with it.
  void checkPredictionsFile(const std::string &path, bool found) {
    std::error_code ignored;
    const fs::path file = fs::weakly_canonical(path, ignored);
    if (known.contains(file)) {
      return;
    }
    const bool besideRecords = std::ranges::any_of(
        folders, [&](const fs::path &folder) { return std::ranges::mismatch(folder, file).in1 == folder.end(); });
    if (found && besideRecords && arguments.task.empty()) {
      ++unchecked[fmt::format("{}: no record here names these predictions", path)];
    } else {
      add(checkPredictions(path, arguments));
    }
  }

  const CheckArguments &arguments;
  RecordChecker records;
  std::set<fs::path> known;      ///< predictions that records name
  std::vector<fs::path> folders; ///< of files of records
};

int finish(const Collected &collected, const std::vector<Error> &errors,
           const std::map<std::string, int64_t> &unchecked, bool json) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  nlohmann::ordered_json notes = nlohmann::ordered_json::array();
  for (const auto &[reason, count] : unchecked) {
    notes.push_back(count == 1 ? reason : fmt::format("{} ({} records)", reason, count));
    say("not checked: {}\n", notes.back().get<std::string>());
  }
  for (const Error &error : errors) {
    report(error);
    list.push_back({{"where", error.where}, {"message", error.message}});
  }
  const size_t files = collected.files.size();
  if (json) {
    printJson(nlohmann::ordered_json{
        {"files", collected.files}, {"errors", std::move(list)}, {"not_checked", std::move(notes)}});
  } else if (errors.empty()) {
    printOut("{} {} right\n", files, files == 1 ? "file is" : "files are");
  }
  return errors.empty() ? kDone : kFailed;
}

int check(CheckArguments &arguments) {
  if (!arguments.task.empty()) {
    Result<Task> task = findTask(arguments.tasks, arguments.task);
    if (!task) {
      return report(task.error(), codeOf(task.error()));
    }
    arguments.found = std::move(*task);
  }
  Collected collected;
  std::vector<Error> errors;
  for (const std::string &path : arguments.paths) {
    collect(path, collected, errors);
  }
  Checker checker(arguments);
  checker.check(collected);
  errors.insert(errors.end(), checker.errors.begin(), checker.errors.end());
  return finish(collected, errors, checker.unchecked, arguments.json);
}

} // namespace

void addCheckCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App *command =
      app.add_subcommand("check", "Validate models, heads, tasks, boards, records, predictions and ONNX files");
  command->footer(
      "Examples:\n  clew check zoo/models my-model.yaml my-task.yaml\n  clew check results/records --data data\n"
      "  clew check --task cluener predictions.jsonl\n  clew check model.onnx\n\n"
      "Records are checked with the predictions that they name: hashes, ids, digests, fields that must fit each\n"
      "other, and, where the data is here, scores, which are computed again. Weights are not needed.");
  command->add_option("PATH", arguments->paths, "Files, or folders that are searched for .yaml and .jsonl")->required();
  command->add_option("--task", arguments->task, "The task that files of predictions are for");
  addTasksOption(*command, arguments->tasks);
  addZooOption(*command, arguments->zoo);
  addDataOption(*command, arguments->data);
  command->add_flag("--json", arguments->json, "Print the files and what is wrong with them as JSON");
  command->callback([arguments, &chosen] { chosen = [arguments] { return check(*arguments); }; });
}

} // namespace clew
