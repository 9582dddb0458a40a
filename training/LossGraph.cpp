// See LossGraph.h.
#include "training/LossGraph.h"

#include "training/TeacherGraph.h"
#include "yaml/Suggest.h"
#include "zoo/OpTable.h"

#include <algorithm>

namespace clew {
namespace {

class LossBuilder {
public:
  LossBuilder(const Model &model, const Recipe &recipe) : model(model), recipe(recipe) {}

  Result<Model> build() {
    ValueRef sum{-1, -1};
    for (const LossTerm &term : recipe.losses) {
      Result<ValueRef> value = append(term);
      if (!value) {
        return fail(value);
      }
      if (term.factor != 1) {
        value = add({"scale", "", {*value}, {{"factor", term.factor}}, term.at});
      }
      sum = sum.given() ? add({"add", "", {sum, *value}, {}, term.at}) : *value;
    }
    model.outputs.emplace_back("loss", sum);
    return std::move(model);
  }

private:
  ValueRef add(Node node) {
    node.name = node.name.empty() ? "loss." + std::to_string(model.nodes.size()) : node.name;
    model.nodes.push_back(std::move(node));
    return {static_cast<int>(model.nodes.size()) - 1, 0};
  }

  ValueRef projected(const LossTerm &term, ValueRef value) {
    const std::string name = std::string(kDistilPath) + "." + term.project->name;
    return add({"linear", name, {value}, {{"width", term.project->width}, {"bias", false}}, term.at});
  }

  Failure bad(const LossTerm &term, const std::string &message) const {
    return fail(ErrorKind::BadInput, message, term.at.render());
  }

  Result<ValueRef> append(const LossTerm &term) {
    Node node{term.op, term.weights.empty() ? "" : term.weights, {}, term.attributes, term.at};
    for (const auto &[key, name] : term.operands) {
      Result<ValueRef> value = key == "labels" ? labels() : valueOf(term, name);
      if (!value) {
        return value;
      }
      if (term.project && key == "x") {
        value = projected(term, *value);
      }
      node.operands.push_back(*value);
    }
    const OpEntry *op = findOp(term.op);
    const auto owner = std::ranges::find(model.nodes, term.weights, &Node::name);
    if (!op->parameters.empty() && owner == model.nodes.end()) {
      return bad(term, "'" + term.op + "' needs 'weights', the path of a step of '" + model.name() +
                           "' that has its parameters" +
                           (term.weights.empty() ? "" : "; there is no '" + term.weights + "'"));
    }
    if (op->parameters.empty() && !term.weights.empty()) {
      return bad(term, "'" + term.op + "' reads no parameters: 'weights' says nothing");
    }
    return add(std::move(node));
  }

  Result<ValueRef> valueOf(const LossTerm &term, const std::string &name) const {
    const auto output = std::ranges::find(model.outputs, name, &std::pair<std::string, ValueRef>::first);
    if (output != model.outputs.end()) {
      return output->second;
    }
    const auto input = std::ranges::find(model.inputs, name, &ModelInput::name);
    if (input != model.inputs.end()) {
      return ValueRef{-1, static_cast<int>(input - model.inputs.begin())};
    }
    std::vector<std::string> known;
    for (const auto &[output, value] : model.outputs) {
      known.push_back(output);
    }
    return bad(term, "'" + model.name() + "' has no output '" + name + "'; it has " + quotedList(known) +
                         didYouMean(name, known));
  }

  /// The input of labels, which runs over tokens where the task has a label for each.
  Result<ValueRef> labels() {
    const auto known = std::ranges::find(model.inputs, std::string("labels"), &ModelInput::name);
    if (known == model.inputs.end()) {
      model.inputs.push_back({"labels", labelLevel()});
      return ValueRef{-1, static_cast<int>(model.inputs.size()) - 1};
    }
    return ValueRef{-1, static_cast<int>(known - model.inputs.begin())};
  }

  std::string labelLevel() const { return model.head == "classify" || model.head == "pair" ? "batch" : "tokens"; }

  Model model;
  const Recipe &recipe;
};

} // namespace

Result<Model> withLoss(const Model &model, const Recipe &recipe) {
  if (std::ranges::find(model.outputs, std::string("loss"), &std::pair<std::string, ValueRef>::first) !=
      model.outputs.end()) {
    return fail(ErrorKind::BadInput, "the model '" + model.name() + "' has an output 'loss' already", model.file);
  }
  return LossBuilder(model, recipe).build();
}

} // namespace clew
