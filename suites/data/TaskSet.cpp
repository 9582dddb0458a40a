// Looks for task files in the installation and in the folders given, and picks the one that is meant.
#include "runtime/base/Installation.h"
#include "suites/data/Task.h"
#include "yaml/Suggest.h"
#include "yaml/YamlDocument.h"

#include <algorithm>
#include <filesystem>
#include <set>

namespace clew {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> yamlFiles(const std::string &folder) {
  std::vector<std::string> files;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    const std::string extension = entry->path().extension().string();
    if (extension == ".yaml" || extension == ".yml") {
      files.push_back(entry->path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The name that a wrong file's task was to have: what it says, else the file's own.
std::string nameIn(const std::string &file) {
  const Result<std::string> text = readSmallFile(file);
  Diagnostics ignored(file);
  const std::optional<YamlNode> root = text ? parseYaml(*text, ignored) : std::nullopt;
  const YamlEntry *name = root ? root->find("task") : nullptr;
  return name && !name->value.text.empty() ? name->value.text : fs::path(file).stem().string();
}

} // namespace

void TaskSet::leaveOut(std::string name, Error error) {
  brokenNames.push_back(std::move(name));
  broken.push_back(std::move(error));
}

void TaskSet::add(const std::string &file) {
  Result<Task> task = readTask(file);
  if (!task) {
    leaveOut(nameIn(file), task.error());
    return;
  }
  const auto same = std::ranges::find(all, task->name, &Task::name);
  if (same != all.end()) {
    leaveOut(task->name,
             {ErrorKind::BadInput, "the task '" + task->name + "' stands in " + same->file + " already", file});
    return;
  }
  all.push_back(std::move(*task));
}

Result<TaskSet> TaskSet::open(const std::vector<std::string> &extra) {
  std::vector<std::string> folders;
  const Result<std::string> home = installationHome();
  if (home) {
    folders.push_back((fs::path(*home) / "suites" / "tasks").string());
  } else if (extra.empty() || home.error().kind != ErrorKind::NotFound) {
    return fail(home);
  }
  folders.insert(folders.end(), extra.begin(), extra.end());
  TaskSet set;
  std::set<fs::path> seen;
  for (const std::string &folder : folders) {
    std::error_code code;
    if (!fs::is_directory(folder, code)) {
      return fail(ErrorKind::NotFound, "no such folder", folder);
    }
    if (!seen.insert(fs::canonical(folder, code)).second) {
      continue;
    }
    for (const std::string &file : yamlFiles(folder)) {
      set.add(file);
    }
  }
  std::sort(set.all.begin(), set.all.end(), [](const Task &a, const Task &b) { return a.name < b.name; });
  return set;
}

Result<Task> TaskSet::find(const std::string &name) const {
  if (name.ends_with(".yaml") || name.ends_with(".yml")) {
    return readTask(name);
  }
  std::vector<std::string> known;
  for (const Task &task : all) {
    if (task.name == name) {
      return task;
    }
    known.push_back(task.name);
  }
  const auto wrong = std::ranges::find(brokenNames, name);
  if (wrong != brokenNames.end()) {
    return Failure(broken[static_cast<size_t>(wrong - brokenNames.begin())]);
  }
  const std::string hint = didYouMean(name, known);
  return fail(ErrorKind::NotFound,
              "unknown task '" + name + "'" + (hint.empty() ? ", there is " + quotedList(known) : hint));
}

} // namespace clew
