// Tells the kinds of YAML files apart and has each checked by its reader.
#include "cli/CheckYaml.h"

#include "compiler/Compile.h"
#include "suites/data/Task.h"
#include "suites/run/BoardReader.h"
#include "suites/run/TokenizerSearch.h"
#include "training/Recipe.h"
#include "yaml/YamlDocument.h"
#include "zoo/ModelReader.h"

#include <algorithm>
#include <filesystem>
#include <optional>

namespace clew {
namespace {

/// Errors that only the compiler sees, or those who read texts; the same one at several sizes counts once.
void checkSizes(const std::string &path, std::vector<Error> &errors) {
  const Result<ModelFile> file = readModelFile(path);
  if (!file || file->isHead) {
    return;
  }
  for (const std::string &size : file->sizes) {
    const Result<Model> model = expandModel(*file, size);
    const auto add = [&](const auto &result) {
      const auto same = [&](const Error &error) {
        return error.where == result.error().where && error.message == result.error().message;
      };
      if (!result && std::ranges::none_of(errors, same)) {
        errors.push_back(result.error());
      }
    };
    add(model ? tokenizerKindOf(*model) : fail(model));
    add(model ? summarize(*model) : fail(model));
  }
}

/// Which of our YAML files this is, by the key that only it has; "" if it cannot be told.
std::string yamlKind(const std::string &path) {
  const Result<std::string> text = readSmallFile(path);
  Diagnostics ignored(path);
  const std::optional<YamlNode> root = text ? parseYaml(*text, ignored) : std::nullopt;
  if (root && root->find("recipe")) {
    return "recipe"; // which names a model and a task
  }
  for (const char *key : {"task", "board"}) {
    if (root && root->find(key) && !root->find("model") && !root->find("head")) {
      return key;
    }
  }
  return "";
}

} // namespace

bool isYaml(const std::string &path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  return extension == ".yaml" || extension == ".yml";
}

std::vector<Error> checkYaml(const std::string &path) {
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
  if (kind == "recipe") {
    return checkRecipeFile(path);
  }
  std::vector<Error> errors = checkModelFile(path);
  if (errors.empty()) {
    checkSizes(path, errors);
  }
  return errors;
}

} // namespace clew
