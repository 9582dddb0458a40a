// See TeacherGraph.h.
#include "training/TeacherGraph.h"

#include "runtime/base/ParameterPath.h"

#include <algorithm>

namespace clew {
namespace {

std::string below(std::string_view path, const std::string &name) { return std::string(path) + "." + name; }

/// Puts a teacher's nodes behind a student's.
class Joiner {
public:
  Joiner(const Model &student, const Model &teacher) : joint(student), teacher(teacher) {}

  Result<Model> join() {
    for (const ModelInput &input : teacher.inputs) {
      if (Result<void> shared = shareInput(input); !shared) {
        return fail(shared);
      }
    }
    for (const Node &node : teacher.nodes) {
      append(node);
    }
    for (const auto &[name, value] : teacher.outputs) {
      joint.outputs.emplace_back(below(kTeacherPath, name), moved(value));
    }
    return std::move(joint);
  }

private:
  Result<void> shareInput(const ModelInput &input) {
    const auto known = std::ranges::find(joint.inputs, input.name, &ModelInput::name);
    if (known != joint.inputs.end() && *known != input) {
      return fail(ErrorKind::BadInput,
                  "'" + joint.name() + "' and its teacher '" + teacher.name() + "' mean something else by the input '" +
                      input.name + "'",
                  joint.file);
    }
    inputs.push_back(static_cast<int>(known - joint.inputs.begin()));
    if (known == joint.inputs.end()) {
      joint.inputs.push_back(input);
    }
    return {};
  }

  void append(const Node &node) {
    if (node.op == "dropout") {
      places.push_back(moved(node.operands.front()));
      return;
    }
    Node copy = node;
    copy.name = below(kTeacherPath, node.name);
    copy.weights = node.weights.empty() ? "" : below(kTeacherPath, node.weights);
    for (ValueRef &operand : copy.operands) {
      operand = moved(operand);
    }
    places.push_back({static_cast<int>(joint.nodes.size()), 0});
    joint.nodes.push_back(std::move(copy));
  }

  /// What a value of the teacher is in the graph of both.
  ValueRef moved(ValueRef value) const {
    if (!value.given()) {
      return value;
    }
    if (value.node < 0) {
      return {-1, inputs[static_cast<size_t>(value.result)]};
    }
    const ValueRef place = places[static_cast<size_t>(value.node)];
    // A dropout is its operand, which may be any result.
    const bool dropped = teacher.nodes[static_cast<size_t>(value.node)].op == "dropout";
    return dropped ? place : ValueRef{place.node, value.result};
  }

  Model joint;
  const Model &teacher;
  std::vector<int> inputs;      ///< by index into the teacher's
  std::vector<ValueRef> places; ///< by the teacher's nodes
};

} // namespace

bool isStudents(std::string_view parameter) {
  return !isUnder(parameter, kTeacherPath) && !isUnder(parameter, kDistilPath);
}

Result<Model> withTeacher(const Model &student, const Model &teacher) {
  for (const Node &node : student.nodes) {
    if (!isStudents(node.name)) {
      return fail(ErrorKind::BadInput,
                  "a step of '" + student.name() + "' is called '" + node.name +
                      "', as what belongs to a teacher is; give it another name",
                  node.at.render());
    }
  }
  return Joiner(student, teacher).join();
}

} // namespace clew
