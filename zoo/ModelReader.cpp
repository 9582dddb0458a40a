// Joins the stages text -> YAML -> ModelSyntax -> Model, and stops after the first that finds errors.
#include "zoo/ModelReader.h"

#include "yaml/Suggest.h"
#include "yaml/YamlDocument.h"
#include "zoo/Expand.h"
#include "zoo/ModelSyntax.h"
#include "zoo/SyntaxReader.h"

#include <cassert>
#include <optional>
#include <utility>

namespace clew {
namespace {

/// Nothing when `diagnostics` has errors.
std::optional<ModelSyntax> syntaxOf(std::string_view text, Diagnostics &diagnostics) {
  const auto root = parseYaml(text, diagnostics);
  if (!root) {
    return std::nullopt;
  }
  ModelSyntax syntax = readSyntax(*root, diagnostics);
  checkSyntax(syntax, diagnostics);
  return diagnostics.any() ? std::nullopt : std::optional(std::move(syntax));
}

std::vector<std::string> sizeNames(const ModelSyntax &syntax) {
  std::vector<std::string> names;
  for (const SizeSyntax &size : syntax.sizes) {
    names.push_back(size.name.name);
  }
  return names;
}

Result<Params> paramsWith(const ModelSyntax &syntax, const SizeSyntax *size, const Overrides &overrides) {
  Params params = paramsOf(syntax, size);
  for (const auto &[name, value] : overrides) {
    const auto found = params.find(name);
    if (found == params.end()) {
      return fail(ErrorKind::BadInput, "'" + syntax.name.name + "' has no param '" + name + "'", syntax.file);
    }
    if (found->second.index() != value.index()) {
      return fail(ErrorKind::BadInput, "param '" + name + "' has another type", syntax.file);
    }
    found->second = value;
  }
  return params;
}

Result<Model> expanded(const std::shared_ptr<const ModelSyntax> &syntax, const SizeSyntax *size,
                       const Overrides &overrides) {
  const auto params = paramsWith(*syntax, size, overrides);
  if (!params) {
    return fail(params);
  }
  Diagnostics diagnostics(syntax->file);
  Model model = expand(*syntax, *params, diagnostics);
  if (diagnostics.any()) {
    return Failure(diagnostics.first());
  }
  model.size = size ? size->name.name : "";
  if (size && size->text) {
    model.text = *size->text;
    model.tokenizerAt = {syntax->file, size->tokenizerAt.line, size->tokenizerAt.column};
  }
  model.syntax = syntax;
  return model;
}

Result<ModelFile> parseFile(std::string_view text, const std::string &path) {
  Diagnostics diagnostics(path);
  auto syntax = syntaxOf(text, diagnostics);
  if (!syntax) {
    return Failure(diagnostics.first());
  }
  const auto shared = std::make_shared<const ModelSyntax>(std::move(*syntax));
  return ModelFile{path,         shared->name.name,  shared->source,
                   shared->head, sizeNames(*shared), shared->kind == FileKind::Head,
                   shared};
}

} // namespace

Result<ModelFile> readModelFile(const std::string &path) {
  const auto text = readSmallFile(path);
  return text ? parseFile(*text, path) : fail(text);
}

Result<Model> expandModel(const ModelFile &file, const std::string &size, const Overrides &overrides) {
  const ModelSyntax &syntax = *file.syntax;
  if (file.isHead) {
    return fail(ErrorKind::BadInput, "expected a model, found a head", file.path);
  }
  const SizeSyntax *chosen = size.empty() ? &syntax.sizes.front() : syntax.size(size);
  if (!chosen) {
    const std::string hint = didYouMean(size, file.sizes);
    return fail(ErrorKind::NotFound, "'" + syntax.name.name + "' has no size '" + size + "'" +
                                         (hint.empty() ? "; it has " + quotedList(file.sizes) : hint));
  }
  return expanded(file.syntax, chosen, overrides);
}

Result<Model> expandHead(const ModelFile &file, const Overrides &overrides, const Overrides &body) {
  if (!file.isHead) {
    return fail(ErrorKind::BadInput, "expected a head, found a model", file.path);
  }
  Overrides all = overrides;
  for (const auto &[name, value] : body) {
    const ParamSyntax *param = file.syntax->param(name);
    if (param && param->value.index() == value.index()) {
      all.try_emplace(name, value);
    }
  }
  return expanded(file.syntax, nullptr, all);
}

Result<Model> withParams(const Model &model, const Overrides &overrides) {
  assert(model.syntax && "a model that was read");
  // What was set before stays set.
  Overrides all = model.params;
  for (const auto &[name, value] : overrides) {
    all[name] = value;
  }
  return expanded(model.syntax, model.syntax->size(model.size), all);
}

Result<Model> parseModel(std::string_view text, const std::string &file, const std::string &size,
                         const Overrides &overrides) {
  const auto parsed = parseFile(text, file);
  return parsed ? expandModel(*parsed, size, overrides) : fail(parsed);
}

Result<Model> readModel(const std::string &path, const std::string &size, const Overrides &overrides) {
  const auto file = readModelFile(path);
  return file ? expandModel(*file, size, overrides) : fail(file);
}

std::vector<Error> checkModelText(std::string_view text, const std::string &file) {
  Diagnostics diagnostics(file);
  const auto syntax = syntaxOf(text, diagnostics);
  if (!syntax) {
    return diagnostics.all();
  }
  if (syntax->sizes.empty()) {
    expand(*syntax, paramsOf(*syntax, nullptr), diagnostics);
  }
  for (const SizeSyntax &size : syntax->sizes) {
    Diagnostics ofSize(file);
    expand(*syntax, paramsOf(*syntax, &size), ofSize);
    diagnostics.add(ofSize);
  }
  return diagnostics.all();
}

std::vector<Error> checkModelFile(const std::string &path) {
  const auto text = readSmallFile(path);
  return text ? checkModelText(*text, path) : std::vector<Error>{text.error()};
}

} // namespace clew
