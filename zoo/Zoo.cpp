// Looks for YAML files in the zoo's folders and picks the one that was asked for.
#include "zoo/Zoo.h"

#include "runtime/base/Installation.h"
#include "yaml/Suggest.h"
#include "zoo/Head.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>

namespace clew {
namespace {

namespace fs = std::filesystem;

/// The YAML files of a folder by name; none when it is no folder.
std::vector<fs::path> yamlFiles(const fs::path &folder) {
  std::vector<fs::path> files;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    if (entry->path().extension() == ".yaml") {
      files.push_back(entry->path());
    }
  }
  std::ranges::sort(files);
  return files;
}

/// path.yaml[:size] as (path, size); nothing when the specification is no path.
std::optional<std::pair<std::string, std::string>> asPath(const std::string &spec) {
  const size_t at = spec.rfind(".yaml");
  if (at == std::string::npos) {
    return std::nullopt;
  }
  const size_t end = at + 5;
  if (end == spec.size()) {
    return std::pair(spec, std::string());
  }
  return spec[end] == ':' ? std::optional(std::pair(spec.substr(0, end), spec.substr(end + 1))) : std::nullopt;
}

} // namespace

Result<Zoo> Zoo::open(const std::vector<std::string> &extra) {
  std::vector<std::string> folders;
  const auto home = installationHome();
  if (home) {
    folders.push_back((fs::path(*home) / "zoo").string());
  } else if (extra.empty() || home.error().kind != ErrorKind::NotFound) {
    return fail(home);
  }
  folders.insert(folders.end(), extra.begin(), extra.end());
  return openOnly(folders);
}

Result<Zoo> Zoo::openOnly(const std::vector<std::string> &folders) {
  Zoo zoo;
  std::set<fs::path> seen;
  for (const std::string &folder : folders) {
    std::error_code code;
    if (!fs::is_directory(folder, code)) {
      return fail(ErrorKind::NotFound, "no such folder", folder);
    }
    const fs::path real = fs::canonical(folder, code);
    if (!code && seen.insert(real).second) {
      zoo.readFolder(folder);
    }
  }
  zoo.finish();
  return zoo;
}

void Zoo::readFolder(const std::string &folder) {
  for (const fs::path &place : {fs::path(folder), fs::path(folder) / "models", fs::path(folder) / "heads"}) {
    for (const fs::path &path : yamlFiles(place)) {
      auto file = readModelFile(path.string());
      if (!file) {
        broken.push_back(file.error());
      } else {
        (file->isHead ? headFiles : modelFiles).push_back(std::move(*file));
      }
    }
  }
}

void Zoo::finish() {
  for (auto *files : {&modelFiles, &headFiles}) {
    std::ranges::sort(*files, {}, [](const ModelFile &file) { return std::tie(file.architecture, file.path); });
    for (size_t i = 1; i < files->size(); ++i) {
      const ModelFile &before = (*files)[i - 1];
      const ModelFile &file = (*files)[i];
      if (before.architecture == file.architecture) {
        broken.push_back(
            {ErrorKind::BadInput, "'" + file.architecture + "' stands in " + before.path + " already", file.path});
      }
    }
  }
}

Result<const ModelFile *> Zoo::find(const std::vector<ModelFile> &files, const std::string &name,
                                    const char *what) const {
  std::vector<const ModelFile *> found;
  std::vector<std::string> known;
  for (const ModelFile &file : files) {
    known.push_back(file.architecture);
    if (file.architecture == name) {
      found.push_back(&file);
    }
  }
  if (found.size() == 1) {
    return found.front();
  }
  if (found.size() > 1) {
    return fail(ErrorKind::BadInput,
                "'" + name + "' stands in two files, " + found[0]->path + " and " + found[1]->path);
  }
  for (const Error &error : broken) {
    if (error.where.find("/" + name + ".yaml") != std::string::npos) {
      return Failure(error);
    }
  }
  const std::string hint = didYouMean(name, known);
  const std::string wrong = broken.empty() ? ""
                            : broken.size() == 1
                                ? " (1 file of the zoo is wrong)"
                                : " (" + std::to_string(broken.size()) + " files of the zoo are wrong)";
  return fail(ErrorKind::NotFound, "unknown " + std::string(what) + " '" + name + "'" +
                                       (hint.empty() ? ", there is " + quotedList(known) : hint) + wrong);
}

Result<Model> Zoo::findModel(const std::string &spec) const {
  if (const auto path = asPath(spec)) {
    return readModel(path->first, path->second);
  }
  const size_t slash = spec.find('/', 1); // no name begins with it: all of "/x" is unknown
  const auto file = find(modelFiles, spec.substr(0, slash), "model");
  if (!file) {
    return fail(file);
  }
  const std::string size = slash == std::string::npos ? (*file)->defaultSize() : spec.substr(slash + 1);
  if (size.empty()) {
    return fail(ErrorKind::NotFound, "expected a size after '" + spec + "': " + quotedList((*file)->sizes));
  }
  return expandModel(**file, size);
}

Result<Model> Zoo::withHead(const Model &model, const std::string &kind, std::optional<int64_t> labels) const {
  if (model.head.empty()) {
    const auto own = model.heads.find(kind);
    const auto file = find(headFiles, own == model.heads.end() ? kind : own->second, "head");
    return file ? clew::withHead(model, **file, labels, kind) : fail(file);
  }
  if (model.head != kind) {
    return fail(ErrorKind::Unsupported,
                "'" + model.name() + "' has its own head for '" + model.head + "' tasks and cannot do '" + kind + "'");
  }
  Overrides overrides;
  if (labels) {
    overrides["labels"] = *labels;
  }
  return withParams(model, overrides);
}

} // namespace clew
