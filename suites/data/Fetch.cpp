// Fetches the missing files of a task: directly, or as members of an archive that is downloaded once.
#include "suites/data/Fetch.h"

#include "runtime/base/AtomicFile.h"
#include "runtime/base/OutputPlace.h"
#include "runtime/base/Sha256.h"
#include "suites/data/Archive.h"

#include <filesystem>
#include <map>

namespace clew {
namespace {

namespace fs = std::filesystem;

Result<void> verify(const TaskFile &file, const Result<std::string> &found, const std::string &url) {
  if (!found) {
    return fail(found);
  }
  if (!file.sha256.empty() && *found != file.sha256) {
    return fail(ErrorKind::BadInput,
                "'" + file.name + "' is not the official file: expected sha256 " + file.sha256 + ", found " + *found,
                url);
  }
  return {};
}

/// One task's fetching.
class Fetcher {
public:
  Fetcher(std::string folder, const DownloadOptions &options) : folder(std::move(folder)), options(options) {}

  /// The URL that served one of the split's files.
  Result<std::string> fetch(const TaskSplit &split) {
    Error last{ErrorKind::NotFound, "no public home serves it as a file; see the task's source and put it here by hand",
               (fs::path(folder) / split.files.front().name).string()};
    for (const TaskFile &file : split.files) {
      for (const std::string &url : file.urls) {
        const Result<void> got = fetchFrom(url, file);
        if (!got) {
          last = got.error();
          continue;
        }
        const Result<void> parts = fetchParts(file);
        return parts ? Result<std::string>(url) : fail(parts);
      }
    }
    return Failure(last);
  }

  /// The files that belong to a file that is there.
  Result<void> fetchParts(const TaskFile &file) {
    for (const TaskPart &part : file.parts()) {
      const std::string path = (fs::path(folder) / part.name).string();
      std::error_code code;
      if (fs::exists(path, code)) {
        continue;
      }
      TaskFile wanted;
      wanted.name = part.name;
      wanted.sha256 = part.sha256;
      Error last{ErrorKind::NotFound,
                 "no public home serves it as a file; see the task's source and put it here by hand", path};
      bool done = false;
      for (size_t i = 0; i < part.urls.size() && !done; ++i) {
        const Result<void> got = fetchFrom(part.urls[i], wanted);
        done = got.has_value();
        last = got ? last : got.error();
      }
      if (!done) {
        return Failure(last);
      }
    }
    return {};
  }

  /// Archives are only needed until their members are out.
  void removeArchives() {
    for (const auto &[url, result] : archives) {
      if (result) {
        discardPart(*result);
      }
    }
  }

private:
  Result<void> fetchFrom(const std::string &url, const TaskFile &file) {
    const fs::path target = fs::path(folder) / file.name;
    if (Result<void> made = makeFolder(target.parent_path().string()); !made) {
      return made;
    }
    const Result<OutputPlace> place =
        outputPlace(target.string()); // of a link that leads to nothing yet, what it names
    if (!place) {
      return fail(place);
    }
    if (place->file.empty()) {
      return fail(ErrorKind::BadInput, "expected a regular file, found a device or a pipe", target.string());
    }
    const size_t mark = url.find('!');
    return mark == std::string::npos ? fetchDirectly(url, file, place->file)
                                     : fetchMember(url.substr(0, mark), url.substr(mark + 1), file, place->file);
  }

  Result<void> fetchDirectly(const std::string &url, const TaskFile &file, const std::string &target) {
    const std::string part = target + ".part";
    for (bool again = false;; again = true) {
      const Result<bool> resumed = download(url, part, options);
      if (!resumed) {
        return fail(resumed);
      }
      const Result<void> right = verify(file, sha256OfFile(part), url);
      if (!right) {
        discardPart(part);
        if (*resumed && !again) {
          continue; // its two halves may be of different files
        }
        return right;
      }
      std::error_code code;
      fs::rename(part, target, code);
      discardPart(part);
      return code ? Result<void>(fail(ErrorKind::Io, "cannot rename: " + code.message(), target)) : Result<void>();
    }
  }

  Result<void> fetchMember(const std::string &url, const std::string &member, const TaskFile &file,
                           const std::string &target) {
    const Result<std::string> &archive = archiveOf(url);
    if (!archive) {
      return fail(archive);
    }
    Result<AtomicFile> out = AtomicFile::create(target);
    if (!out) {
      return fail(out);
    }
    Sha256 digest;
    const Result<void> contents =
        readMember(*archive, member, options.mostBytes, [&](std::span<const std::byte> bytes) {
          digest.update(bytes);
          return out->write(bytes);
        });
    if (!contents) {
      if (contents.error().kind == ErrorKind::BadInput) {
        discardPart(*archive); // damaged: not to be resumed
      }
      return fail(contents.error().kind, contents.error().message, url);
    }
    if (const Result<void> right = verify(file, digest.finish(), url + "!" + member); !right) {
      return right;
    }
    return out->commit();
  }

  const Result<std::string> &archiveOf(const std::string &url) {
    const auto known = archives.find(url);
    if (known != archives.end()) {
      return known->second;
    }
    // A part under a name that depends on the URL alone, so that a later run finds it.
    const Result<std::string> digest = sha256Of(std::string_view(url));
    const std::string part =
        (fs::path(folder) / (".archive-" + digest.value_or(std::string("0")).substr(0, 16) + ".part")).string();
    const Result<bool> got = download(url, part, options);
    return archives.emplace(url, got ? Result<std::string>(part) : fail(got)).first->second;
  }

  std::string folder;
  const DownloadOptions &options;
  std::map<std::string, Result<std::string>> archives;
};

void lookAt(const std::string &folder, SplitFile &out) {
  const TaskFile *present = presentFile(*out.split, folder);
  out.file = present ? present : &out.split->files.front();
  out.path = (fs::path(folder) / out.file->name).string();
  out.state = FileState::Missing;
  if (!present) {
    return;
  }
  std::vector<std::pair<std::string, std::string>> digests;
  std::vector<std::string> names = {present->name};
  for (const TaskPart &part : present->parts()) {
    names.push_back(part.name);
  }
  for (const std::string &name : names) {
    const std::string path = (fs::path(folder) / name).string();
    std::error_code code;
    if (!fs::exists(path, code)) {
      out.path = path; // of its parts one is missing
      return;
    }
    Result<std::string> digest = sha256OfFile(path);
    if (!digest) {
      out.error = digest.error();
      out.state = FileState::Other;
      return;
    }
    digests.emplace_back(name, std::move(*digest));
  }
  const std::string wanted = present->officialSha256();
  out.state = wanted.empty()                     ? FileState::Unpinned
              : sha256OfParts(digests) == wanted ? FileState::Official
                                                 : FileState::Other;
}

} // namespace

std::string_view nameOf(FileState state) {
  switch (state) {
  case FileState::Missing:
    return "missing";
  case FileState::Official:
    return "official";
  case FileState::Other:
    return "other";
  case FileState::Unpinned:
    return "unpinned";
  }
  return "";
}

std::vector<SplitFile> inspectTask(const Task &task, const std::string &dataFolder) {
  const std::string folder = taskFolder(task, dataFolder);
  std::vector<SplitFile> out;
  for (const TaskSplit &split : task.splits) {
    out.emplace_back().split = &split;
    lookAt(folder, out.back());
  }
  return out;
}

std::vector<SplitFile> checkTask(const Task &task, const std::string &dataFolder) {
  std::vector<SplitFile> out = inspectTask(task, dataFolder);
  for (SplitFile &one : out) {
    if (one.state == FileState::Missing || one.error) {
      continue;
    }
    Result<Dataset> data = readSplit(task, one.split->name, dataFolder);
    if (!data) {
      one.error = data.error();
      continue;
    }
    const int64_t rows = static_cast<int64_t>(data->rows.size() + data->skipped.size());
    if (one.file->rows > 0 && rows != one.file->rows) {
      one.error =
          Error{ErrorKind::BadInput,
                "expected " + std::to_string(one.file->rows) + " rows, found " + std::to_string(rows), one.path};
    }
    one.dataset = std::move(*data);
  }
  return out;
}

std::vector<SplitFile> fetchTask(const Task &task, const std::string &dataFolder, const DownloadOptions &options) {
  std::vector<SplitFile> out = inspectTask(task, dataFolder);
  const std::string folder = (fs::path(dataFolder) / task.folder).string();
  Fetcher fetcher(folder, options);
  for (SplitFile &one : out) {
    if (one.state != FileState::Missing) {
      continue;
    }
    const TaskFile *present = presentFile(*one.split, folder);
    const Result<void> parts = present ? fetcher.fetchParts(*present) : Result<void>();
    const Result<std::string> got = present ? parts ? Result<std::string>("") : fail(parts) : fetcher.fetch(*one.split);
    if (!got) {
      one.error = got.error();
      continue;
    }
    lookAt(folder, one);
    one.fetchedFrom = *got;
  }
  fetcher.removeArchives();
  return out;
}

} // namespace clew
