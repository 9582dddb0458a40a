// Splices a head's nodes behind the body's and drops what nobody needs any more.
#include "zoo/Head.h"

#include "yaml/Suggest.h"
#include "zoo/Parameters.h"

#include <algorithm>
#include <unordered_set>

namespace clew {
namespace {

/// What the head's inputs are in the body: its outputs by name, or the batch's inputs, to which `inputs` gets those that the head alone reads.
Result<std::vector<ValueRef>> valuesTaken(const Model &body, const Model &head, std::vector<ModelInput> &inputs) {
  std::vector<ValueRef> values;
  for (const ModelInput &input : head.inputs) {
    const std::string &taken = input.name;
    const auto output = std::ranges::find(body.outputs, taken, &std::pair<std::string, ValueRef>::first);
    const auto given = std::ranges::find(body.inputs, taken, &ModelInput::name);
    if (!input.level.empty() && (output != body.outputs.end() || (given != body.inputs.end() && *given != input))) {
      return fail(ErrorKind::BadInput, "'" + body.name() + "' and its head both have '" + taken + "'", head.file);
    }
    if (output != body.outputs.end()) {
      values.push_back(output->second);
    } else if (given != body.inputs.end()) {
      values.push_back({-1, static_cast<int>(given - body.inputs.begin())});
    } else if (!input.level.empty()) {
      values.push_back({-1, static_cast<int>(inputs.size())});
      inputs.push_back(input);
    } else {
      return fail(ErrorKind::BadInput,
                  "the head '" + head.architecture + "' takes '" + taken + "', which '" + body.name() +
                      "' does not give",
                  head.file);
    }
  }
  return values;
}

/// Removes the nodes that no output depends on.
void removeUnused(Model &model) {
  std::vector<bool> needed(model.nodes.size(), false);
  for (const auto &[name, value] : model.outputs) {
    if (value.node >= 0) {
      needed[static_cast<size_t>(value.node)] = true;
    }
  }
  for (size_t i = model.nodes.size(); i-- > 0;) {
    for (const ValueRef &operand : model.nodes[i].operands) {
      if (needed[i] && operand.node >= 0) {
        needed[static_cast<size_t>(operand.node)] = true;
      }
    }
  }
  std::vector<int> place(model.nodes.size(), -1);
  std::vector<Node> kept;
  for (size_t i = 0; i < model.nodes.size(); ++i) {
    if (!needed[i]) {
      continue;
    }
    place[i] = static_cast<int>(kept.size());
    kept.push_back(std::move(model.nodes[i]));
    for (ValueRef &operand : kept.back().operands) {
      operand.node = operand.node < 0 ? operand.node : place[static_cast<size_t>(operand.node)];
    }
  }
  for (auto &[name, value] : model.outputs) {
    value.node = value.node < 0 ? value.node : place[static_cast<size_t>(value.node)];
  }
  model.nodes = std::move(kept);
}

void append(std::vector<std::string> &list, const std::vector<std::string> &more) {
  list.insert(list.end(), more.begin(), more.end());
}

/// What body and head say of the rest of a file holds together. A prefix is the body's own.
void join(CheckpointForm &form, const CheckpointForm &head) {
  append(form.ignore, head.ignore);
  form.endings.insert(form.endings.end(), head.endings.begin(), head.endings.end());
  form.config.rules.insert(form.config.rules.end(), head.config.rules.begin(), head.config.rules.end());
  append(form.config.absent, head.config.absent);
  append(form.config.ignore, head.config.ignore);
  append(form.config.files, head.config.files);
}

/// The body's checkpoint with prefixes and the head's entries of the same format; without that format the head's tensors
/// are called like its parameters.
Checkpoint joined(const Checkpoint &body, const Model &head, const std::unordered_set<std::string> &parameters) {
  Checkpoint result{body.form, {}};
  for (const CheckpointEntry &entry : body.entries) {
    CheckpointEntry prefixed = entry;
    for (std::vector<TensorPart> &block : prefixed.recipe.blocks) {
      for (TensorPart &part : block) {
        part.tensor = part.tensor.empty() ? "" : body.form.prefix + part.tensor;
      }
    }
    if (parameters.contains(entry.parameter)) {
      result.entries.push_back(std::move(prefixed));
    } else {
      append(result.form.ignore, prefixed.recipe.tensors());
    }
  }
  const auto same = std::ranges::find_if(
      head.checkpoints, [&](const Checkpoint &checkpoint) { return checkpoint.form.format == body.form.format; });
  if (same != head.checkpoints.end()) {
    join(result.form, same->form);
    result.entries.insert(result.entries.end(), same->entries.begin(), same->entries.end());
    return result;
  }
  for (const ParameterName &parameter : parameterNames(head)) {
    result.entries.push_back({parameter.full(), TensorRecipe::sum({parameter.full()})});
  }
  return result;
}

/// Paths of parameters and names of outputs must stay unique.
Result<void> checkApart(const Model &body, const Model &head) {
  std::unordered_set<std::string> paths;
  for (const ParameterName &parameter : parameterNames(body)) {
    paths.insert(parameter.full());
  }
  for (const ParameterName &parameter : parameterNames(head)) {
    if (paths.contains(parameter.full())) {
      return fail(ErrorKind::BadInput, "'" + body.name() + "' and its head both have '" + parameter.full() + "'",
                  head.file);
    }
  }
  for (const auto &[name, value] : head.outputs) {
    if (std::ranges::find(body.outputs, name, &std::pair<std::string, ValueRef>::first) != body.outputs.end()) {
      return fail(ErrorKind::BadInput, "'" + body.name() + "' and its head both give '" + name + "'", head.file);
    }
  }
  return {};
}

/// A weight that the head's node reads of the body must be there.
Result<void> findWeights(Node &node, const Model &body, const Model &head) {
  if (!node.ofBody) {
    return {};
  }
  const auto owner = std::ranges::find(body.nodes, node.weights, &Node::name);
  const std::vector<std::string_view> has =
      owner == body.nodes.end() ? std::vector<std::string_view>() : parametersOf(*owner);
  if (std::ranges::find(has, "weight") == has.end()) {
    return fail(ErrorKind::BadInput,
                "the head '" + head.architecture + "' reads the weight of '" + node.weights + "', which '" +
                    body.name() + "' does not have",
                head.file);
  }
  node.ofBody = false;
  return {};
}

} // namespace

Result<Model> withHead(const Model &body, const ModelFile &headFile, std::optional<int64_t> labels,
                       const std::string &kind) {
  Overrides overrides;
  if (labels) {
    overrides["labels"] = *labels;
  }
  Overrides shared = body.params;
  shared.erase("labels"); // the task's, not the body's
  const auto head = expandHead(headFile, overrides, shared);
  if (!head) {
    return fail(head);
  }
  const std::string answered = kind.empty() ? head->kinds.front() : kind;
  if (std::ranges::find(head->kinds, answered) == head->kinds.end()) {
    return fail(ErrorKind::BadInput,
                "the head '" + head->architecture + "' answers " + quotedList(head->kinds) + ", not '" + answered + "'",
                headFile.path);
  }
  std::vector<ModelInput> inputs = body.inputs;
  const auto taken = valuesTaken(body, *head, inputs);
  if (!taken) {
    return fail(taken);
  }
  if (const auto apart = checkApart(body, *head); !apart) {
    return fail(apart);
  }
  Model model = body;
  model.inputs = std::move(inputs);
  const int first = static_cast<int>(body.nodes.size());
  auto moved = [&](ValueRef value) {
    return !value.given()   ? value
           : value.node < 0 ? (*taken)[static_cast<size_t>(value.result)]
                            : ValueRef{value.node + first, value.result};
  };
  for (Node node : head->nodes) {
    if (const auto found = findWeights(node, body, *head); !found) {
      return fail(found);
    }
    std::ranges::transform(node.operands, node.operands.begin(), moved);
    model.nodes.push_back(std::move(node));
  }
  std::erase_if(model.outputs, [&](const auto &output) {
    const bool isHidden = output.first == "hidden" || output.first.starts_with("hidden.");
    return !isHidden && std::ranges::find(head->inputs, output.first, &ModelInput::name) == head->inputs.end();
  });
  for (const auto &[name, value] : head->outputs) {
    model.outputs.emplace_back(name, moved(value));
  }
  removeUnused(model);
  for (const auto &[name, value] : head->params) {
    model.params[name == "labels" ? name : "head." + name] = value;
  }
  model.head = answered;
  std::unordered_set<std::string> parameters;
  for (const ParameterName &parameter : parameterNames(model)) {
    parameters.insert(parameter.full());
  }
  for (Checkpoint &checkpoint : model.checkpoints) {
    checkpoint = joined(checkpoint, *head, parameters);
  }
  return model;
}

} // namespace clew
