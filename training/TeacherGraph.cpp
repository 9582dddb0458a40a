// See TeacherGraph.h.
#include "training/TeacherGraph.h"

#include "runtime/base/ParameterPath.h"

#include <algorithm>

namespace clew {
namespace {

const std::string inputPrefix = "teacher_";
const std::string teacherTokens = "teacher_tokens";

std::string below(std::string_view path, const std::string &name) { return std::string(path) + "." + name; }

/// Puts a teacher's nodes behind a student's.
class Joiner {
public:
  Joiner(const Model &student, const Model &teacher) : joint(student), teacher(teacher) {}

  Result<Model> join() {
    for (const Model *one : {static_cast<const Model *>(&joint), &teacher}) {
      if (!std::ranges::all_of(one->inputs, isStandard)) {
        return fail(ErrorKind::Unsupported,
                    "teachers and their students read ids, segments and offsets; '" + one->name() + "' reads more",
                    one->file);
      }
    }
    for (ModelInput input : teacher.inputs) {
      input.name = inputPrefix + input.name;
      input.level = input.level == "tokens" ? teacherTokens : input.level;
      joint.inputs.push_back(input);
    }
    places = static_cast<int>(joint.inputs.size());
    joint.inputs.push_back({inputPrefix + "places", "tokens", {}, false, teacherTokens});
    firstInput = places - static_cast<int>(teacher.inputs.size());
    for (const Node &node : teacher.nodes) {
      append(node);
    }
    for (const auto &[name, value] : teacher.outputs) {
      joint.outputs.emplace_back(below(kTeacherPath, name), perToken(value) ? gathered(name, value) : moved(value));
    }
    return std::move(joint);
  }

private:
  /// Whether the value has a row for each of the teacher's tokens: what pooling makes, or is made of that, has one a sequence.
  bool perToken(ValueRef value) const {
    if (value.node < 0) {
      return value.given() && teacher.inputs[static_cast<size_t>(value.result)].level == "tokens";
    }
    const Node &node = teacher.nodes[static_cast<size_t>(value.node)];
    if (value.result > 0 && (node.op == "lstm" || node.op == "gru")) {
      return false; // states at the end of sequences
    }
    const bool pools = node.op == "first" || node.op == "last" || node.op == "mean" || node.op == "max";
    return !pools && std::ranges::any_of(node.operands, [&](ValueRef operand) { return perToken(operand); });
  }

  ValueRef gathered(const std::string &name, ValueRef value) {
    Node node{"gather", below(kTeacherPath, "at_tokens." + name), {moved(value), {-1, places}}, {}, {teacher.file}};
    joint.nodes.push_back(std::move(node));
    return {static_cast<int>(joint.nodes.size()) - 1, 0};
  }

  void append(const Node &node) {
    if (node.op == "dropout") {
      nodes.push_back(moved(node.operands.front()));
      return;
    }
    Node copy = node;
    copy.name = below(kTeacherPath, node.name);
    copy.weights = node.weights.empty() ? "" : below(kTeacherPath, node.weights);
    for (ValueRef &operand : copy.operands) {
      operand = moved(operand);
    }
    nodes.push_back({static_cast<int>(joint.nodes.size()), 0});
    joint.nodes.push_back(std::move(copy));
  }

  /// What a value of the teacher is in the graph of both.
  ValueRef moved(ValueRef value) const {
    if (!value.given()) {
      return value;
    }
    if (value.node < 0) {
      return {-1, firstInput + value.result};
    }
    const ValueRef place = nodes[static_cast<size_t>(value.node)];
    // A dropout is its operand, which may be any result.
    const bool dropped = teacher.nodes[static_cast<size_t>(value.node)].op == "dropout";
    return dropped ? place : ValueRef{place.node, value.result};
  }

  Model joint;
  const Model &teacher;
  int firstInput = 0;          ///< of the teacher's
  int places = 0;              ///< the input that says where the student's tokens are
  std::vector<ValueRef> nodes; ///< by the teacher's
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
