// Numbers of fields are those of framework.proto. What says nothing about parameters (ops, versions) is passed over.
#include "runtime/weights/PaddleProgram.h"

#include "runtime/base/WireReader.h"
#include "runtime/weights/PaddleFile.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace clew {
namespace {

using Bytes = std::span<const std::byte>;
using Kind = WireField::Kind;

constexpr size_t mostVariables = 100'000;
constexpr size_t mostNameBytes = 1024;

/// VarType.Type: kinds of variables.
constexpr uint64_t denseTensor = 7;
constexpr std::array<uint64_t, 4> notSaved{9, 10, 15, 17}; // what feeds and fetches, readers, raw ones

/// VarDesc: name = 1, type = 2, persistable = 3. VarType: type = 1, lod_tensor = 3. LoDTensorDesc: tensor = 1, lod_level = 2.
class VariableReader {
public:
  /// Returns what is wrong, or "". `saved` says whether Paddle saves the variable.
  std::string read(Bytes message, PaddleVariable &variable, bool &saved) {
    WireReader reader(message);
    WireField field;
    bool persistable = false;
    Bytes type;
    while (!reader.empty()) {
      if (!reader.field(field)) {
        return "expected a variable, found other data";
      }
      if (field.number == 1 && field.kind == Kind::Bytes) {
        variable.name.assign(reinterpret_cast<const char *>(field.bytes.data()), field.bytes.size());
      } else if (field.number == 2 && field.kind == Kind::Bytes) {
        type = field.bytes;
      } else if (field.number == 3 && field.kind == Kind::Varint) {
        persistable = field.value != 0;
      }
    }
    saved = false;
    if (!persistable) {
      return "";
    }
    if (variable.name.empty() || variable.name.size() > mostNameBytes) {
      return fmt::format("expected a name of 1 to {} bytes for each parameter, found {}", mostNameBytes,
                         variable.name.size());
    }
    const std::string problem = readType(type, variable, saved);
    return problem.empty() ? "" : fmt::format("parameter {}: {}", quoteName(variable.name), problem);
  }

private:
  static std::string readType(Bytes message, PaddleVariable &variable, bool &saved) {
    WireReader reader(message);
    WireField field;
    uint64_t kind = denseTensor;
    Bytes tensor;
    while (!reader.empty()) {
      if (!reader.field(field)) {
        return "expected a type, found other data";
      }
      if (field.number == 1 && field.kind == Kind::Varint) {
        kind = field.value;
      } else if (field.number == 3 && field.kind == Kind::Bytes) {
        tensor = field.bytes;
      }
    }
    if (std::ranges::find(notSaved, kind) != notSaved.end()) {
      return "";
    }
    saved = true;
    if (kind != denseTensor) {
      return fmt::format("expected a dense tensor, found a variable of Paddle's type {}", kind);
    }
    WireReader description(tensor);
    while (!description.empty()) {
      if (!description.field(field)) {
        return "expected the description of a tensor, found other data";
      }
      if (field.number == 1 && field.kind == Kind::Bytes) {
        return readPaddleDescription(field.bytes, variable.type, variable.shape);
      }
    }
    return "expected the description of a tensor, found none";
  }
};

/// BlockDesc: vars = 3.
std::string readBlock(Bytes message, std::vector<PaddleVariable> &variables) {
  WireReader reader(message);
  WireField field;
  while (!reader.empty()) {
    if (!reader.field(field)) {
      return "expected a block of a program, found other data";
    }
    if (field.number != 3 || field.kind != Kind::Bytes) {
      continue;
    }
    PaddleVariable variable;
    bool saved = false;
    if (std::string problem = VariableReader().read(field.bytes, variable, saved); !problem.empty()) {
      return problem;
    }
    if (saved && variables.size() == mostVariables) {
      return fmt::format("expected at most {} parameters, found more", mostVariables);
    }
    if (saved) {
      variables.push_back(std::move(variable));
    }
  }
  return "";
}

} // namespace

Result<std::vector<PaddleVariable>> readPaddleProgram(Bytes program, const std::string &where) {
  std::vector<PaddleVariable> variables;
  WireReader reader(program);
  WireField field;
  while (!reader.empty()) {
    if (!reader.field(field)) {
      return fail(ErrorKind::BadInput, "expected a program of Paddle's, found other data", where);
    }
    if (field.number != 1 || field.kind != Kind::Bytes) { // ProgramDesc: blocks = 1
      continue;
    }
    if (std::string problem = readBlock(field.bytes, variables); !problem.empty()) {
      return fail(ErrorKind::BadInput, std::move(problem), where);
    }
  }
  std::ranges::sort(variables, {}, &PaddleVariable::name);
  if (const auto twice = std::ranges::adjacent_find(variables, {}, &PaddleVariable::name); twice != variables.end()) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected each parameter once, found {} twice", quoteName(twice->name)), where);
  }
  return variables;
}

} // namespace clew
