// Matches the paths of `checkpoint: names:` with the parameters of an expanded model. A path stands for a node, and its
// parameters' suffixes are added to the tensor's name, or for one parameter. {i} stands for the number of a repeat.
#include "zoo/Expand.h"
#include "zoo/Parameters.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace clew {
namespace {

bool isNumber(std::string_view component) {
  return !component.empty() && component.find_first_not_of("0123456789") == std::string_view::npos;
}

bool isPlaceholder(std::string_view component) {
  return component.size() > 2 && component.front() == '{' && component.back() == '}';
}

/// "layer.3.query" and "layer.{i}.query" -> "layer.{}.query", with 3 or i put into `parts`. Names of steps never are
/// numbers, so that the numbers of a path are those of its repeats.
std::string general(std::string_view path, std::vector<std::string> &parts) {
  std::string result;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('.', begin), path.size());
    const std::string_view component = path.substr(begin, end - begin);
    result += begin == 0 ? "" : ".";
    if (isNumber(component)) {
      parts.emplace_back(component);
      result += "{}";
    } else if (isPlaceholder(component)) {
      parts.emplace_back(component);
      result += "{}";
    } else {
      result += component;
    }
    begin = end + 1;
  }
  return result;
}

/// Puts the numbers into the name's placeholders; nothing when it has one that the path has not.
std::optional<std::string> filled(std::string name, const std::vector<std::string> &placeholders,
                                  const std::vector<std::string> &numbers) {
  for (size_t i = 0; i < placeholders.size(); ++i) {
    for (size_t at = name.find(placeholders[i]); at != std::string::npos; at = name.find(placeholders[i])) {
      name.replace(at, placeholders[i].size(), numbers[i]);
    }
  }
  return name.find_first_of("{}") == std::string::npos ? std::optional(std::move(name)) : std::nullopt;
}

/// The rule at one size.
ConfigRule ruleFor(const ConfigRuleSyntax &syntax, const Params &params) {
  ConfigRule rule{syntax.key, syntax.kind, {}, std::nullopt};
  for (const Scalar &scalar : syntax.accepted) {
    rule.accepted.push_back(valueOf(scalar, params));
  }
  if (syntax.otherwise) {
    rule.otherwise = valueOf(*syntax.otherwise, params);
  }
  return rule;
}

int64_t extentOf(const Scalar &scalar, const Params &params) {
  const Attribute value = valueOf(scalar, params);
  const auto *whole = std::get_if<int64_t>(&value);
  return whole ? *whole : 0;
}

/// A range at one size.
TensorRange rangeFor(const RangeSyntax &syntax, const Params &params) {
  return {syntax.kind, extentOf(syntax.from, params), extentOf(syntax.to, params)};
}

/// A part at one size, but for its tensor's name.
TensorPart partFor(const PartSyntax &syntax, const Params &params) {
  TensorPart part{.tensor = "",
                  .elements = rangeFor(syntax.elements, params),
                  .rows = rangeFor(syntax.rows, params),
                  .columns = rangeFor(syntax.columns, params),
                  .transpose = syntax.transpose,
                  .axes = syntax.axes,
                  .plus = static_cast<float>(syntax.plus)};
  for (const Scalar &extent : syntax.shape) {
    part.shape.push_back(extentOf(extent, params));
  }
  return part;
}

bool isWhole(const TensorPart &part) {
  return part.elements == TensorRange() && part.rows == TensorRange() && part.columns == TensorRange();
}

class TensorNamer {
public:
  TensorNamer(const CheckpointSyntax &syntax, Model &model, Diagnostics &diagnostics)
      : syntax(syntax), model(model), diagnostics(diagnostics) {
    for (const TensorNameSyntax &name : syntax.names) {
      patterns.emplace(name.path.name, Pattern{&name, {}});
      std::vector<std::string> placeholders;
      std::string path = general(name.path.name, placeholders);
      if (std::ranges::all_of(placeholders, isPlaceholder) && !placeholders.empty()) {
        patterns.emplace(path, Pattern{&name, placeholders});
      }
    }
  }

  void run();

private:
  struct Pattern {
    const TensorNameSyntax *name = nullptr;
    std::vector<std::string> placeholders;
  };

  /// What a parameter that is named by its op adds to the tensor's name, or of which parts of such tensors it is made.
  struct Suffix {
    std::string text;
    bool transpose = false;
    const std::vector<std::vector<PartSyntax>> *blocks = nullptr;
  };

  Suffix suffixOf(const ParameterName &parameter) const;
  void match(const std::string &path, const Suffix &suffix, CheckpointEntry &entry);
  void take(const Pattern &pattern, const std::vector<std::string> &numbers, const Suffix &suffix,
            CheckpointEntry &entry);
  void takeParts(const Pattern &pattern, const std::vector<std::string> &numbers,
                 const std::vector<std::vector<PartSyntax>> &blocks, CheckpointEntry &entry);
  void own(const Named &said, const TensorPart &part, const CheckpointEntry &entry);

  const CheckpointSyntax &syntax;
  Model &model;
  Diagnostics &diagnostics;
  std::unordered_map<std::string, Pattern> patterns;
  std::unordered_set<const TensorNameSyntax *> used;
  std::unordered_map<std::string, std::string> owners; ///< tensor -> parameter
};

TensorNamer::Suffix TensorNamer::suffixOf(const ParameterName &parameter) const {
  const SuffixSyntax *found = nullptr;
  for (const SuffixSyntax &suffix : syntax.suffixes) {
    if (suffix.parameter.name == parameter.op + "." + parameter.suffix) {
      found = &suffix;
      break;
    }
    found = suffix.parameter.name == parameter.suffix ? &suffix : found;
  }
  if (found) {
    found->used = true;
    return {found->suffix, found->transpose, found->blocks.empty() ? nullptr : &found->blocks};
  }
  return {"." + parameter.suffix, false};
}

/// Two parameters may share a tensor only by cutting it up.
void TensorNamer::own(const Named &said, const TensorPart &part, const CheckpointEntry &entry) {
  const auto [owner, fresh] = owners.try_emplace(part.tensor, entry.parameter);
  if (!fresh && isWhole(part)) {
    diagnostics.error(said.at, "the tensor '" + part.tensor + "' is given to '" + owner->second + "' and to '" +
                                   entry.parameter + "'");
  }
}

void TensorNamer::take(const Pattern &pattern, const std::vector<std::string> &numbers, const Suffix &suffix,
                       CheckpointEntry &entry) {
  used.insert(pattern.name);
  if (!entry.recipe.blocks.empty()) {
    diagnostics.error(pattern.name->path.at, "'" + pattern.name->path.name + "' names the parameter '" +
                                                 entry.parameter + "', which another path names too");
    return;
  }
  entry.at = {model.file, pattern.name->path.at.line, pattern.name->path.at.column};
  if (suffix.blocks) {
    takeParts(pattern, numbers, *suffix.blocks, entry);
    return;
  }
  for (const std::vector<PartSyntax> &sum : pattern.name->blocks) {
    std::vector<TensorPart> &block = entry.recipe.blocks.emplace_back();
    for (const PartSyntax &said : sum) {
      if (said.fill) {
        block.push_back(partFor(said, model.params));
        continue;
      }
      auto name = filled(said.tensor.name, pattern.placeholders, numbers);
      if (!name) {
        diagnostics.error(said.tensor.at, "'" + said.tensor.name + "' has a placeholder that '" +
                                              pattern.name->path.name + "' has not");
        return;
      }
      block.push_back(partFor(said, model.params));
      block.back().tensor = *name + suffix.text;
      block.back().transpose ^= suffix.transpose;
      own(said.tensor, block.back(), entry);
    }
  }
}

/// The parts that a suffix states, of tensors that begin as the pattern says, which must be a name and nothing else.
void TensorNamer::takeParts(const Pattern &pattern, const std::vector<std::string> &numbers,
                            const std::vector<std::vector<PartSyntax>> &blocks, CheckpointEntry &entry) {
  const auto &given = pattern.name->blocks;
  const PartSyntax *front = given.size() == 1 && given.front().size() == 1 ? &given.front().front() : nullptr;
  const auto name = front ? filled(front->tensor.name, pattern.placeholders, numbers) : std::nullopt;
  if (!name || front->fill || partFor(*front, model.params) != TensorPart()) {
    diagnostics.error(pattern.name->path.at, "expected a name for '" + pattern.name->path.name +
                                                 "', since a suffix says which parts '" + entry.parameter +
                                                 "' is made of, found something else");
    return;
  }
  for (const std::vector<PartSyntax> &sum : blocks) {
    std::vector<TensorPart> &block = entry.recipe.blocks.emplace_back();
    for (const PartSyntax &said : sum) {
      block.push_back(partFor(said, model.params));
      if (!said.fill) {
        block.back().tensor = *name + said.tensor.name;
        own(front->tensor, block.back(), entry);
      }
    }
  }
}

/// Tries the path as it is and with its numbers made general.
void TensorNamer::match(const std::string &path, const Suffix &suffix, CheckpointEntry &entry) {
  std::vector<std::string> numbers;
  const std::string wide = general(path, numbers);
  if (const auto exact = patterns.find(path); exact != patterns.end() && exact->second.placeholders.empty()) {
    take(exact->second, {}, suffix, entry);
  }
  if (const auto found = patterns.find(wide); !numbers.empty() && found != patterns.end()) {
    take(found->second, numbers, suffix, entry);
  }
}

void TensorNamer::run() {
  Checkpoint checkpoint{syntax.form, {}};
  for (const ConfigRuleSyntax &rule : syntax.rules) {
    checkpoint.form.config.rules.push_back(ruleFor(rule, model.params));
  }
  for (const ParameterName &parameter : parameterNames(model)) {
    CheckpointEntry entry{parameter.full(), {}};
    match(parameter.path, suffixOf(parameter), entry);
    match(parameter.full(), {}, entry);
    if (entry.recipe.blocks.empty() && !diagnostics.any()) {
      diagnostics.error(syntax.at, "checkpoint '" + syntax.form.format + "' gives no name to the parameter '" +
                                       entry.parameter + "'");
    }
    checkpoint.entries.push_back(std::move(entry));
  }
  for (const TensorNameSyntax &name : syntax.names) {
    if (!used.contains(&name)) {
      diagnostics.error(name.path.at, "no parameter has the path '" + name.path.name + "'");
    }
  }
  for (const SuffixSyntax &suffix : syntax.suffixes) {
    if (!suffix.used) {
      diagnostics.error(suffix.parameter.at, "no op has the parameter '" + suffix.parameter.name + "'");
    }
  }
  model.checkpoints.push_back(std::move(checkpoint));
}

} // namespace

void nameTensors(const ModelSyntax &syntax, Model &model, Diagnostics &diagnostics) {
  for (const CheckpointSyntax &checkpoint : syntax.checkpoints) {
    TensorNamer(checkpoint, model, diagnostics).run();
  }
  if (!syntax.checkpoints.empty()) {
    return;
  }
  Checkpoint own;
  own.form.format = "clew";
  for (const ParameterName &parameter : parameterNames(model)) {
    own.entries.push_back({parameter.full(), TensorRecipe::sum({parameter.full()})});
  }
  model.checkpoints.push_back(std::move(own));
}

} // namespace clew
