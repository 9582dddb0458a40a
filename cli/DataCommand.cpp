// clew data: which data sets there are, where they come from, and whether what lies on this machine is what it should be.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/Table.h"
#include "cli/TaskArgument.h"
#include "suites/data/Fetch.h"
#include "suites/data/TaskIdentity.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>

namespace clew {
namespace {

struct DataArguments {
  std::vector<std::string> names; ///< tasks; none: all
  std::vector<std::string> tasks; ///< folders (--tasks)
  std::string data;
  bool json = false;
};

/// One task with what is known of its files.
struct Entry {
  Task task;
  std::vector<SplitFile> files;
};

/// The tasks that are meant.
Result<std::vector<Task>> chooseTasks(const DataArguments &arguments) {
  const Result<TaskSet> set = openTasks(arguments.tasks);
  if (!set) {
    return fail(set);
  }
  if (arguments.names.empty()) {
    return set->tasks();
  }
  std::vector<Task> chosen;
  for (const std::string &name : arguments.names) {
    Result<Task> task = set->find(name);
    if (!task) {
      return fail(task);
    }
    chosen.push_back(std::move(*task));
  }
  return chosen;
}

/// Rows that were read, or, where nothing was read, what the task says.
int64_t rowsOf(const SplitFile &file) {
  return file.dataset ? static_cast<int64_t>(file.dataset->rows.size()) : file.file->rows;
}

nlohmann::ordered_json toJson(const Entry &entry) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const SplitFile &file : entry.files) {
    nlohmann::ordered_json row = {
        {"task", entry.task.name},       {"split", file.split->name},        {"state", nameOf(file.state)},
        {"rows", rowsOf(file)},          {"labelled", file.split->labelled}, {"task_sha256", taskSha256(entry.task)},
        {"licence", entry.task.licence}, {"source", entry.task.source},      {"file", file.path},
        {"sha256", file.file->sha256},   {"urls", file.file->urls}};
    if (file.dataset) {
      row["skipped"] = file.dataset->skipped.size();
      row["notes"] = file.dataset->notes;
      row["found_sha256"] = file.dataset->sha256;
    }
    if (!file.fetchedFrom.empty()) {
      row["fetched_from"] = file.fetchedFrom;
    }
    if (file.error) {
      row["error"] = file.error->render();
    }
    out.push_back(std::move(row));
  }
  return out;
}

/// Prints all entries and, to stderr, what is wrong.
int print(const std::vector<Entry> &entries, bool json) {
  int code = kDone;
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  Table table({{"task"}, {"split"}, {"rows", Align::Right}, {"state"}, {"licence"}, {"source"}});
  for (const Entry &entry : entries) {
    for (auto &row : toJson(entry)) {
      out.push_back(std::move(row));
    }
    for (const SplitFile &file : entry.files) {
      const int64_t rows = rowsOf(file);
      const std::string state = file.error && file.state != FileState::Missing
                                    ? "wrong"
                                    : std::string(nameOf(file.state)) + (file.fetchedFrom.empty() ? "" : ", fetched");
      table.add({entry.task.name, file.split->name + (file.split->labelled ? "" : " (no labels)"),
                 rows > 0 ? grouped(rows) : "?", state, entry.task.licence, entry.task.source});
      if (file.dataset) {
        printNotes(*file.dataset);
      }
      if (file.error) {
        code = report(*file.error);
      }
    }
  }
  if (json) {
    printJson(out);
  } else {
    printText(table.render());
  }
  return code;
}

/// Does `work` for each task that is meant and prints what came of it.
template <typename Work> int forEachTask(const DataArguments &arguments, const char *what, Work work) {
  const Result<std::vector<Task>> tasks = chooseTasks(arguments);
  if (!tasks) {
    return report(tasks.error(), tasks.error().kind == ErrorKind::NotFound ? kUsage : kFailed);
  }
  const Result<std::string> folder = dataFolder(arguments.data);
  if (!folder) {
    return report(folder.error());
  }
  std::vector<Entry> entries;
  entries.reserve(tasks->size()); // files point into their entry's task
  {
    std::optional<Progress> progress;
    if (what) {
      progress.emplace(what, static_cast<int64_t>(tasks->size()));
    }
    for (const Task &task : *tasks) {
      Entry &entry = entries.emplace_back(Entry{task, {}});
      entry.files = work(entry.task, *folder);
      if (progress) {
        progress->advance();
      }
    }
  }
  return print(entries, arguments.json);
}

int list(const DataArguments &arguments) { return forEachTask(arguments, "looking at files", inspectTask); }

int check(const DataArguments &arguments) {
  const bool named = !arguments.names.empty();
  return forEachTask(arguments, "reading files", [named](const Task &task, const std::string &folder) {
    std::vector<SplitFile> files = checkTask(task, folder);
    const bool nothing =
        std::all_of(files.begin(), files.end(), [](const SplitFile &file) { return file.state == FileState::Missing; });
    if (named && nothing) {
      files.front().error =
          Error{ErrorKind::NotFound, "none of its files is here; get them with: clew data fetch " + task.name,
                taskFolder(task, folder)};
    }
    for (SplitFile &file : files) {
      if (file.state == FileState::Other && !file.error) {
        file.error =
            Error{ErrorKind::BadInput, "is not the official file (sha256 " + file.dataset->sha256 + ")", file.path};
      }
    }
    return files;
  });
}

int fetch(const DataArguments &arguments) {
  hintOnInterrupt("what has come is kept; the same command again goes on from there");
  return forEachTask(arguments, nullptr, [](const Task &task, const std::string &folder) {
    std::optional<Progress> progress;
    int64_t total = -1;
    int64_t shown = 0;
    DownloadOptions options;
    options.progress = [&](int64_t done, int64_t whole) {
      if (!progress || whole != total || done < shown) {
        progress.reset();
        progress.emplace("fetching " + task.name, whole >> 10);
        total = whole;
        shown = 0;
      }
      if (whole > 0 && (done - shown) >> 10 > 0) {
        progress->advance((done >> 10) - (shown >> 10));
        shown = done;
      }
    };
    return fetchTask(task, folder, options);
  });
}

} // namespace

void addDataCommand(CLI::App &app, Action &chosen) {
  CLI::App *command = app.add_subcommand("data", "List, fetch and check data sets");
  command->footer("Examples:\n  clew data list\n  clew data fetch cluener tnews\n  clew data check --data my-data");
  const auto add = [&](const char *name, const char *what, int (*run)(const DataArguments &), bool needsNames) {
    auto arguments = std::make_shared<DataArguments>();
    CLI::App *one = command->add_subcommand(name, what);
    one->footer(fmt::format("Example:\n  clew data {} cluener --data my-data", name));
    CLI::Option *names = one->add_option("TASK", arguments->names, "Tasks by name or as YAML files");
    names->required(needsNames);
    addTasksOption(*one, arguments->tasks);
    addDataOption(*one, arguments->data);
    one->add_flag("--json", arguments->json, "Print JSON");
    one->callback([=, &chosen] { chosen = [=] { return run(*arguments); }; });
  };
  add("list", "Data sets: rows, licence, where from, and whether they are here", list, false);
  add("fetch", "Fetch data sets from their public homes; verified, and resumed where it was cut short", fetch, true);
  add("check", "Hash and read every file in full", check, false);
  command->require_subcommand(1);
}

} // namespace clew
