// Joins the stages text -> YAML -> ModelSyntax -> Model, and stops after the first that finds errors.
#include "zoo/ModelReader.h"

#include "yaml/Suggest.h"
#include "yaml/YamlDocument.h"
#include "zoo/Expand.h"
#include "zoo/ModelSyntax.h"
#include "zoo/SyntaxReader.h"

#include <optional>

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

Result<Model> expanded(const ModelSyntax &syntax, const SizeSyntax *size, const Overrides &overrides,
                       Diagnostics &diagnostics) {
  const auto params = paramsWith(syntax, size, overrides);
  if (!params) {
    return fail(params);
  }
  Model model = expand(syntax, *params, diagnostics);
  if (diagnostics.any()) {
    return Failure(diagnostics.first());
  }
  model.size = size ? size->name.name : "";
  return model;
}

} // namespace

Result<ModelFile> readModelFile(const std::string &path) {
  const auto text = readSmallFile(path);
  if (!text) {
    return fail(text);
  }
  Diagnostics diagnostics(path);
  const auto syntax = syntaxOf(*text, diagnostics);
  if (!syntax) {
    return Failure(diagnostics.first());
  }
  return ModelFile{path,         syntax->name.name,  syntax->source,
                   syntax->head, sizeNames(*syntax), syntax->kind == FileKind::Head};
}

Result<Model> parseModel(std::string_view text, const std::string &file, const std::string &size,
                         const Overrides &overrides) {
  Diagnostics diagnostics(file);
  const auto syntax = syntaxOf(text, diagnostics);
  if (!syntax) {
    return Failure(diagnostics.first());
  }
  if (syntax->kind == FileKind::Head) {
    return fail(ErrorKind::BadInput, "expected a model, found a head", file);
  }
  const SizeSyntax *chosen = size.empty() ? &syntax->sizes.front() : syntax->size(size);
  if (!chosen) {
    const auto names = sizeNames(*syntax);
    const std::string hint = didYouMean(size, names);
    return fail(ErrorKind::NotFound, "'" + syntax->name.name + "' has no size '" + size + "'" +
                                         (hint.empty() ? "; it has " + quotedList(names) : hint));
  }
  return expanded(*syntax, chosen, overrides, diagnostics);
}

Result<Model> readModel(const std::string &path, const std::string &size, const Overrides &overrides) {
  const auto text = readSmallFile(path);
  return text ? parseModel(*text, path, size, overrides) : fail(text);
}

Result<Model> readHead(const std::string &path, const Overrides &overrides, const Overrides &body) {
  const auto text = readSmallFile(path);
  if (!text) {
    return fail(text);
  }
  Diagnostics diagnostics(path);
  const auto syntax = syntaxOf(*text, diagnostics);
  if (!syntax) {
    return Failure(diagnostics.first());
  }
  if (syntax->kind != FileKind::Head) {
    return fail(ErrorKind::BadInput, "expected a head, found a model", path);
  }
  Overrides all = overrides;
  for (const auto &[name, value] : body) {
    const ParamSyntax *param = syntax->param(name);
    if (param && param->value.index() == value.index()) {
      all.try_emplace(name, value);
    }
  }
  return expanded(*syntax, nullptr, all, diagnostics);
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
