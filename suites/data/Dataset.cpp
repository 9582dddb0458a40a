// Finds the file of a split and reads it whole, or says what is wrong.
#include "suites/data/Dataset.h"

#include "runtime/base/Installation.h"
#include "suites/data/Layouts.h"
#include "suites/data/TextFile.h"
#include "yaml/Suggest.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <set>

namespace clew {
namespace {

namespace fs = std::filesystem;

Result<void> checkIds(const Dataset &data) {
  std::set<RowId> seen(data.skipped.begin(), data.skipped.end());
  if (seen.size() != data.skipped.size()) {
    return fail(ErrorKind::BadInput, "two of the skipped rows have one id", data.path);
  }
  for (const Row &row : data.rows) {
    if (!seen.insert(row.id).second) {
      return fail(ErrorKind::BadInput, "the id " + render(row.id) + " stands there twice",
                  data.path + ":" + std::to_string(row.line));
    }
  }
  return {};
}

template <typename T> void append(std::vector<T> &list, std::vector<T> more) {
  list.insert(list.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Reads the file and its parts, all or nothing.
Result<void> readFiles(const Task &task, const TaskFile &file, const std::string &folder, Dataset &data) {
  const FileLayout *layout = task.layout(file.layout);
  if (!layout) {
    return fail(ErrorKind::Internal, "there is no layout '" + file.layout + "'", task.file);
  }
  const auto pathOf = [&](const std::string &name) { return (fs::path(folder) / name).string(); };
  std::vector<std::pair<std::string, std::string>> digests;
  Result<TextFile> answers;
  if (file.answers) {
    answers = readTextFile(pathOf(file.answers->name));
    if (!answers) {
      return fail(answers);
    }
  }
  std::vector<std::string> names = {file.name};
  std::ranges::transform(file.also, std::back_inserter(names), &TaskPart::name);
  for (const std::string &name : names) {
    const std::string path = pathOf(name);
    const Result<TextFile> text = readTextFile(path);
    if (!text) {
      return fail(text);
    }
    digests.emplace_back(name, text->sha256);
    const auto before = static_cast<int64_t>(data.rows.size() + data.skipped.size());
    Result<LayoutRows> rows = readRows({task, *layout, data.labelled, text->text, path, answers->text,
                                        file.answers ? pathOf(file.answers->name) : "", before});
    if (!rows) {
      return fail(rows);
    }
    if (rows->rows.empty()) {
      return fail(ErrorKind::BadInput, "holds no rows", path);
    }
    append(data.rows, std::move(rows->rows));
    append(data.skipped, std::move(rows->skipped));
    append(data.notes, std::move(rows->notes));
  }
  if (file.answers) {
    digests.emplace_back(file.answers->name, answers->sha256);
  }
  data.sha256 = sha256OfParts(digests);
  data.official = data.sha256 == file.officialSha256();
  return {};
}

} // namespace

std::string render(const RowId &id) {
  const int64_t *number = std::get_if<int64_t>(&id);
  return number ? std::to_string(*number) : std::get<std::string>(id);
}

Result<std::string> dataFolder(const std::string &option) {
  if (!option.empty()) {
    std::error_code code;
    if (fs::exists(option, code) && !fs::is_directory(option, code)) {
      return fail(ErrorKind::BadInput, "expected a folder", option);
    }
    return option;
  }
  if (const char *folder = std::getenv("CLEW_DATA"); folder && *folder) {
    return std::string(folder);
  }
  const Result<std::string> cache = cacheHome();
  if (!cache) {
    return fail(cache.error().kind, cache.error().message + "; give --data DIR or set CLEW_DATA", cache.error().where);
  }
  return (fs::path(*cache) / "data").string();
}

std::string taskFolder(const Task &task, const std::string &dataFolder) {
  const fs::path folder = fs::path(dataFolder) / task.folder;
  std::error_code code;
  if (!fs::exists(folder, code)) {
    if (const Result<std::string> home = installationHome()) {
      const fs::path shipped = fs::path(*home) / "suites" / "samples" / task.folder;
      if (fs::is_directory(shipped, code)) {
        return shipped.string();
      }
    }
  }
  return folder.string();
}

Result<const TaskSplit *> findSplit(const Task &task, const std::string &name) {
  if (const TaskSplit *split = task.split(name)) {
    return split;
  }
  std::vector<std::string> known;
  for (const TaskSplit &split : task.splits) {
    known.push_back(split.name);
  }
  return fail(ErrorKind::NotFound,
              "the task '" + task.name + "' has no split '" + name + "', it has " + quotedList(known));
}

const TaskFile *presentFile(const TaskSplit &split, const std::string &folder) {
  for (const TaskFile &file : split.files) {
    std::error_code code;
    if (fs::exists(fs::path(folder) / file.name, code)) {
      return &file;
    }
  }
  return nullptr;
}

Result<Dataset> readSplit(const Task &task, const std::string &splitName, const std::string &dataFolder) {
  const Result<const TaskSplit *> split = findSplit(task, splitName);
  if (!split) {
    return fail(split);
  }
  const std::string folder = taskFolder(task, dataFolder);
  const TaskFile *file = presentFile(**split, folder);
  if (!file) {
    std::vector<std::string> names;
    for (const TaskFile &wanted : (*split)->files) {
      names.push_back(wanted.name);
    }
    return fail(ErrorKind::NotFound,
                "found none of " + quotedList(names) + "; get it with: clew data fetch " + task.name, folder);
  }
  Dataset data;
  data.path = (fs::path(folder) / file->name).string();
  data.labelled = (*split)->labelled;
  if (const Result<void> read = readFiles(task, *file, folder, data); !read) {
    return fail(read);
  }
  if (const Result<void> ids = checkIds(data); !ids) {
    return fail(ids);
  }
  return data;
}

} // namespace clew
