// Looks for task files in the installation and in the folders given, and picks the one that is meant.
#include "runtime/base/Installation.h"
#include "suites/data/Task.h"
#include "yaml/Suggest.h"

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

} // namespace

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
      Result<Task> task = readTask(file);
      if (!task) {
        set.broken.push_back(task.error());
        continue;
      }
      const auto same =
          std::find_if(set.all.begin(), set.all.end(), [&](const Task &t) { return t.name == task->name; });
      if (same != set.all.end()) {
        set.broken.push_back(
            {ErrorKind::BadInput, "the task '" + task->name + "' stands in " + same->file + " already", file});
        continue;
      }
      set.all.push_back(std::move(*task));
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
  for (const Error &error : broken) {
    if (error.where.find("/" + name + ".yaml") != std::string::npos) {
      return Failure(error);
    }
  }
  const std::string hint = didYouMean(name, known);
  return fail(ErrorKind::NotFound,
              "unknown task '" + name + "'" + (hint.empty() ? ", there is " + quotedList(known) : hint));
}

} // namespace clew
