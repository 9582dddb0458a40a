// clew check: everything that is wrong with YAML files, records and predictions, all at once.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "compiler/Compile.h"
#include "runtime/base/LineReader.h"
#include "suites/metrics/Prediction.h"
#include "suites/records/Record.h"
#include "suites/run/BoardReader.h"
#include "yaml/YamlDocument.h"
#include "zoo/ModelReader.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

namespace clew {
namespace {

namespace fs = std::filesystem;

struct CheckArguments {
  std::vector<std::string> paths;
  std::string task;          ///< that files of predictions are for
  std::optional<Task> found; ///< the same, looked up
  std::vector<std::string> tasks;
  bool json = false;
};

bool isYaml(const std::string &path) {
  const std::string extension = fs::path(path).extension().string();
  return extension == ".yaml" || extension == ".yml";
}

bool isJsonLines(const std::string &path) { return fs::path(path).extension() == ".jsonl"; }

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

/// Errors of shape, which only the compiler sees; the same one at several sizes counts once.
void checkShapes(const std::string &path, std::vector<Error> &errors) {
  const Result<ModelFile> file = readModelFile(path);
  if (!file || file->isHead) {
    return;
  }
  for (const std::string &size : file->sizes) {
    const Result<Model> model = readModel(path, size);
    const Result<ModelSummary> summary = model ? summarize(*model) : fail(model);
    const auto same = [&](const Error &error) {
      return error.where == summary.error().where && error.message == summary.error().message;
    };
    if (!summary && std::none_of(errors.begin(), errors.end(), same)) {
      errors.push_back(summary.error());
    }
  }
}

/// Which of our YAML files this is, by the key that only it has; "" if it cannot be told.
std::string yamlKind(const std::string &path) {
  const Result<std::string> text = readSmallFile(path);
  Diagnostics ignored(path);
  const std::optional<YamlNode> root = text ? parseYaml(*text, ignored) : std::nullopt;
  for (const char *key : {"task", "board"}) {
    if (root && root->find(key) && !root->find("model") && !root->find("head")) {
      return key;
    }
  }
  return "";
}

/// Records say their schema in every line; what does not is taken for predictions.
bool holdsRecords(const std::string &path) {
  Result<LineReader> file = LineReader::open(path);
  std::string line;
  const Result<bool> first = file ? file->next(line) : false;
  return first && *first && line.find("\"schema\"") != std::string::npos;
}

std::vector<Error> checkPredictions(const std::string &path, const CheckArguments &arguments) {
  if (!arguments.found) {
    return {Error{ErrorKind::BadInput,
                  "these are no records; to check them as predictions, say of which task: --task T", path}};
  }
  const Result<std::vector<Prediction>> read = readPredictions(*arguments.found, path);
  return read ? std::vector<Error>() : std::vector<Error>{read.error()};
}

std::vector<Error> checkFile(const std::string &path, const CheckArguments &arguments) {
  if (isJsonLines(path)) {
    return holdsRecords(path) ? checkRecordFile(path) : checkPredictions(path, arguments);
  }
  if (!isYaml(path)) {
    return {Error{ErrorKind::Unsupported, "expected YAML (.yaml), or records or predictions (.jsonl)", path}};
  }
  const std::string kind = yamlKind(path);
  if (kind == "task") {
    return checkTaskFile(path);
  }
  if (kind == "board") {
    return checkBoardFile(path);
  }
  std::vector<Error> errors = checkModelFile(path);
  if (errors.empty()) {
    checkShapes(path, errors);
  }
  return errors;
}

void collect(const std::string &path, std::vector<std::string> &files, std::vector<Error> &errors) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    errors.push_back({ErrorKind::NotFound, "no such file or folder", path});
  } else if (fs::is_directory(status)) {
    if (Result<std::vector<std::string>> found = filesBelow(path)) {
      files.insert(files.end(), found->begin(), found->end());
    } else {
      errors.push_back(found.error());
    }
  } else {
    files.push_back(path);
  }
}

int check(CheckArguments &arguments) {
  if (!arguments.task.empty()) {
    Result<Task> task = findTask(arguments.tasks, arguments.task);
    if (!task) {
      return report(task.error(), codeOf(task.error()));
    }
    arguments.found = std::move(*task);
  }
  std::vector<std::string> files;
  std::vector<Error> errors;
  for (const std::string &path : arguments.paths) {
    collect(path, files, errors);
  }
  {
    Progress progress("checking", static_cast<int64_t>(files.size()));
    for (const std::string &path : files) {
      for (Error &error : checkFile(path, arguments)) {
        errors.push_back(std::move(error));
      }
      progress.advance();
    }
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Error &error : errors) {
    report(error);
    list.push_back({{"where", error.where}, {"message", error.message}});
  }
  if (arguments.json) {
    printJson(nlohmann::ordered_json{{"files", files}, {"errors", std::move(list)}});
  } else if (errors.empty()) {
    printOut("{} {} right\n", files.size(), files.size() == 1 ? "file is" : "files are");
  }
  return errors.empty() ? kDone : kFailed;
}

} // namespace

void addCheckCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App *command = app.add_subcommand("check", "Validate models, heads, tasks, boards, records and predictions");
  command->footer("Examples:\n  clew check zoo/models my-model.yaml my-task.yaml\n  clew check results/records\n"
                  "  clew check --task cluener predictions.jsonl");
  command->add_option("PATH", arguments->paths, "Files, or folders that are searched for .yaml and .jsonl")->required();
  command->add_option("--task", arguments->task, "The task that files of predictions are for");
  addTasksOption(*command, arguments->tasks);
  command->add_flag("--json", arguments->json, "Print the files and what is wrong with them as JSON");
  command->callback([arguments, &chosen] { chosen = [arguments] { return check(*arguments); }; });
}

} // namespace clew
