// The reading half of a Program's JSON. Each type of Program.h has a `read...`, which notes the first thing that is wrong and goes on
// with a zero; whatever nlohmann throws (a missing key, another type, bad syntax) ends in this file.
#include "runtime/program/ProgramJson.h"

#include "runtime/base/JsonValue.h"
#include "runtime/base/NamedValues.h"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace clew {

namespace {

using Json = nlohmann::json;

constexpr std::array kDTypes{DType::F64, DType::F32, DType::BF16, DType::I64, DType::I32, DType::S8, DType::U8};
constexpr std::array kGrids{Grid::Rows, Grid::Jobs, Grid::Whole};
constexpr std::array kInputKinds{InputKind::Values, InputKind::Offsets, InputKind::Positions,
                                 InputKind::Order,  InputKind::Counts,  InputKind::Carried};
constexpr std::array kStateKinds{StateKind::Parameter, StateKind::Gradient, StateKind::Random};
constexpr std::array kRuleKinds{ConfigRule::Kind::Is, ConfigRule::Kind::Each, ConfigRule::Kind::Count};
constexpr std::array kRangeKinds{TensorRange::Kind::All, TensorRange::Kind::Share, TensorRange::Kind::Span,
                                 TensorRange::Kind::First, TensorRange::Kind::Last};
constexpr std::array kConstantKinds{ConstantKind::Plain,      ConstantKind::Matmul,    ConstantKind::Scales,
                                    ConstantKind::ColumnSums, ConstantKind::Recurrent, ConstantKind::Derived};

class JsonReader {
public:
  Program readProgram(const Json &json);

  std::string problem; ///< the first, or empty

private:
  void note(std::string what) {
    if (problem.empty()) {
      problem = std::move(what);
    }
  }

  template <typename T> T whole(const Json &json);
  template <typename T, size_t N> T named(const std::array<T, N> &values, const Json &json);
  std::string text(const Json &json) { return json.get_ref<const std::string &>(); }
  /// Notes an object that has other than `size` keys: since each key is then read with at(), all of them are known.
  void object(const Json &json, size_t size);
  void list(const Json &json, size_t size);

  /// A list of any length, each element read by a member function.
  template <typename T> std::vector<T> all(const Json &json, T (JsonReader::*read)(const Json &));

  Extent readExtent(const Json &json);
  Level readLevel(const Json &json);
  Input readInput(const Json &json);
  Parameter readParameter(const Json &json);
  ConfigValue readConfigValue(const Json &json);
  ConfigRule readConfigRule(const Json &json);
  std::pair<std::string, std::string> readEnding(const Json &json);
  std::vector<std::string> readTexts(const Json &json) { return all(json, &JsonReader::text); }
  TensorRange readRange(const Json &json);
  TensorPart readPart(const Json &json);
  std::vector<TensorPart> readBlock(const Json &json) { return all(json, &JsonReader::readPart); }
  TensorRecipe readRecipe(const Json &json) { return {all(json, &JsonReader::readBlock)}; }
  CheckpointNames readCheckpoint(const Json &json);
  Constant readConstant(const Json &json);
  State readState(const Json &json);
  Buffer readBuffer(const Json &json);
  Operand readOperand(const Json &json);
  std::pair<std::string, double> readAttribute(const Json &json);
  Stage readStage(const Json &json);
  RefOp readRefOp(const Json &json);
  Cubin readCubin(const Json &json) { return {text(json), ""}; }
  Code readCode(const Json &json);
  Step readStep(const Json &json);
  Output readOutput(const Json &json);
};

template <typename T> T JsonReader::whole(const Json &json) {
  if (!json.is_number_integer() || (json.is_number_unsigned() && json.get<uint64_t>() > INT64_MAX)) {
    note("expected a whole number");
    return 0;
  }
  const auto value = json.get<int64_t>();
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
    note(fmt::format("number {} is out of range", value));
    return 0;
  }
  return static_cast<T>(value);
}

template <typename T, size_t N> T JsonReader::named(const std::array<T, N> &values, const Json &json) {
  Result<T> value = valueNamed(values, "name", text(json));
  if (!value) {
    note(std::move(value.error().message));
  }
  return value.value_or(values[0]);
}

void JsonReader::object(const Json &json, size_t size) {
  if (!json.is_object() || json.size() != size) {
    note(fmt::format("expected an object of {} keys", size));
  }
}

void JsonReader::list(const Json &json, size_t size) {
  if (!json.is_array() || json.size() != size) {
    note(fmt::format("expected a list of {} elements", size));
  }
}

template <typename T> std::vector<T> JsonReader::all(const Json &json, T (JsonReader::*read)(const Json &)) {
  std::vector<T> result;
  if (!json.is_array()) {
    note("expected a list");
    return result;
  }
  result.reserve(json.size());
  for (const Json &value : json) {
    result.push_back((this->*read)(value));
  }
  return result;
}

Extent JsonReader::readExtent(const Json &json) {
  list(json, 4);
  return {whole<int64_t>(json.at(0)), whole<int32_t>(json.at(1)), whole<int64_t>(json.at(2)),
          whole<int64_t>(json.at(3))};
}

Level JsonReader::readLevel(const Json &json) {
  object(json, 3);
  return {text(json.at("name")), whole<int32_t>(json.at("parent")), whole<int64_t>(json.at("most"))};
}

Input JsonReader::readInput(const Json &json) {
  object(json, 8);
  return {text(json.at("name")),
          named(kInputKinds, json.at("kind")),
          whole<int32_t>(json.at("level")),
          whole<int64_t>(json.at("limit")),
          json.at("optional").get_ref<const bool &>(),
          whole<int32_t>(json.at("at")),
          whole<int64_t>(json.at("columns")),
          whole<int32_t>(json.at("from"))};
}

Parameter JsonReader::readParameter(const Json &json) {
  object(json, 3);
  const std::string init = text(json.at("init"));
  if (init != "gain" && init != "normal") {
    note(fmt::format("unknown init '{}'", init));
  }
  return {text(json.at("name")), all(json.at("shape"), &JsonReader::whole<int64_t>),
          init == "gain" ? Init::Gain : Init::Normal};
}

ConfigValue JsonReader::readConfigValue(const Json &json) {
  if (json.is_boolean()) {
    return json.get<bool>();
  }
  if (json.is_number_float()) {
    return json.get<double>();
  }
  return json.is_string() ? ConfigValue(text(json)) : ConfigValue(whole<int64_t>(json));
}

ConfigRule JsonReader::readConfigRule(const Json &json) {
  object(json, 4);
  ConfigRule rule;
  rule.key = text(json.at("key"));
  rule.accepted = all(json.at("accepted"), &JsonReader::readConfigValue);
  if (const Json &otherwise = json.at("otherwise"); !otherwise.is_null()) {
    rule.otherwise = readConfigValue(otherwise);
  }
  rule.kind = named(kRuleKinds, json.at("kind"));
  return rule;
}

std::pair<std::string, std::string> JsonReader::readEnding(const Json &json) {
  list(json, 2);
  return {text(json.at(0)), text(json.at(1))};
}

TensorRange JsonReader::readRange(const Json &json) {
  if (json.is_null()) {
    return {};
  }
  list(json, 3);
  return {named(kRangeKinds, json.at(0)), whole<int64_t>(json.at(1)), whole<int64_t>(json.at(2))};
}

TensorPart JsonReader::readPart(const Json &json) {
  if (json.is_string()) {
    return {.tensor = text(json)};
  }
  object(json, 8);
  return {text(json.at("tensor")),
          readRange(json.at("elements")),
          readRange(json.at("rows")),
          readRange(json.at("columns")),
          json.at("transpose").get_ref<const bool &>(),
          all(json.at("shape"), &JsonReader::whole<int64_t>),
          all(json.at("axes"), &JsonReader::whole<int32_t>),
          json.at("plus").get<float>()};
}

CheckpointNames JsonReader::readCheckpoint(const Json &json) {
  object(json, 9);
  CheckpointNames names;
  names.form.format = text(json.at("format"));
  names.form.prefix = text(json.at("prefix"));
  names.form.ignore = readTexts(json.at("ignore"));
  names.form.endings = all(json.at("endings"), &JsonReader::readEnding);
  names.form.config.rules = all(json.at("config_rules"), &JsonReader::readConfigRule);
  names.form.config.absent = readTexts(json.at("config_absent"));
  names.form.config.ignore = readTexts(json.at("config_ignore"));
  names.form.config.files = readTexts(json.at("config_files"));
  names.tensors = all(json.at("tensors"), &JsonReader::readRecipe);
  return names;
}

Constant JsonReader::readConstant(const Json &json) {
  object(json, 8);
  return {text(json.at("name")),
          named(kConstantKinds, json.at("kind")),
          named(kDTypes, json.at("dtype")),
          all(json.at("sources"), &JsonReader::whole<int32_t>),
          whole<int64_t>(json.at("rows")),
          whole<int64_t>(json.at("columns")),
          whole<int64_t>(json.at("gates")),
          json.at("made").is_null() ? RefOp() : readRefOp(json.at("made"))};
}

State JsonReader::readState(const Json &json) {
  object(json, 6);
  return {text(json.at("name")),
          named(kStateKinds, json.at("kind")),
          named(kDTypes, json.at("dtype")),
          whole<int32_t>(json.at("parameter")),
          whole<int64_t>(json.at("rows")),
          whole<int64_t>(json.at("columns"))};
}

Buffer JsonReader::readBuffer(const Json &json) {
  object(json, 7);
  const Json &life = json.at("life");
  list(life, 2);
  Buffer buffer;
  buffer.name = text(json.at("name"));
  buffer.dtype = named(kDTypes, json.at("dtype"));
  buffer.rows = readExtent(json.at("rows"));
  buffer.columns = whole<int64_t>(json.at("columns"));
  buffer.columnsPerLongest = whole<int64_t>(json.at("per_longest"));
  buffer.first = whole<int32_t>(life.at(0));
  buffer.last = whole<int32_t>(life.at(1));
  buffer.local = json.at("local").get_ref<const bool &>();
  return buffer;
}

Operand JsonReader::readOperand(const Json &json) {
  list(json, 2);
  const auto kind = whole<int32_t>(json.at(0));
  if (kind < 0 || kind > static_cast<int32_t>(Operand::Kind::State)) {
    note(fmt::format("unknown kind of operand {}", kind));
    return {};
  }
  return {static_cast<Operand::Kind>(kind), whole<int32_t>(json.at(1))};
}

std::pair<std::string, double> JsonReader::readAttribute(const Json &json) {
  list(json, 2);
  return {text(json.at(0)), json.at(1).get<double>()};
}

Stage JsonReader::readStage(const Json &json) {
  if (json.contains("gemm")) {
    object(json, 3);
    const Json &gemm = json.at("gemm");
    list(gemm, 2);
    return Gemm{readOperand(gemm.at(0)), readOperand(gemm.at(1)), whole<int32_t>(json.at("weight")),
                whole<int32_t>(json.at("bias"))};
  }
  if (json.contains("call")) {
    object(json, 2);
    return Call{text(json.at("call")), all(json.at("operands"), &JsonReader::readOperand)};
  }
  if (json.contains("launch")) {
    object(json, 4);
    return Launch{text(json.at("launch")), all(json.at("operands"), &JsonReader::readOperand),
                  whole<int32_t>(json.at("threads")), readExtent(json.at("shared"))};
  }
  return readRefOp(json);
}

RefOp JsonReader::readRefOp(const Json &json) {
  object(json, 4);
  return RefOp{text(json.at("op")), all(json.at("operands"), &JsonReader::readOperand),
               all(json.at("results"), &JsonReader::readOperand),
               all(json.at("attributes"), &JsonReader::readAttribute)};
}

Step JsonReader::readStep(const Json &json) {
  object(json, 7);
  return {named(kGrids, json.at("grid")),
          readExtent(json.at("extent")),
          whole<int64_t>(json.at("items_per_cut")),
          whole<int64_t>(json.at("jobs_per_cut")),
          readExtent(json.at("scratch")),
          all(json.at("stages"), &JsonReader::readStage),
          text(json.at("where"))};
}

Output JsonReader::readOutput(const Json &json) {
  list(json, 2);
  return {text(json.at(0)), whole<int32_t>(json.at(1))};
}

Code JsonReader::readCode(const Json &json) {
  if (json.is_null()) {
    return {};
  }
  object(json, 2);
  if (json.contains("chip")) {
    return CudaCode{text(json.at("chip")), "", all(json.at("cubins"), &JsonReader::readCubin)};
  }
  return CpuCode{text(json.at("cpu")), readTexts(json.at("features")), ""};
}

Program JsonReader::readProgram(const Json &json) {
  object(json, 16);
  Program program;
  program.model = text(json.at("model"));
  program.target = named(kTargets, json.at("target"));
  program.precision = named(kPrecisions, json.at("precision"));
  program.scheme = text(json.at("scheme"));
  program.execution.bf16 = named(kBf16Products, json.at("bf16"));
  program.execution.products = named(kProducts, json.at("products"));
  program.code = readCode(json.at("code"));
  program.levels = all(json.at("levels"), &JsonReader::readLevel);
  program.inputs = all(json.at("inputs"), &JsonReader::readInput);
  program.checkpoints = all(json.at("checkpoints"), &JsonReader::readCheckpoint);
  program.parameters = all(json.at("parameters"), &JsonReader::readParameter);
  program.constants = all(json.at("constants"), &JsonReader::readConstant);
  program.states = all(json.at("states"), &JsonReader::readState);
  program.buffers = all(json.at("buffers"), &JsonReader::readBuffer);
  program.steps = all(json.at("steps"), &JsonReader::readStep);
  program.outputs = all(json.at("outputs"), &JsonReader::readOutput);
  return program;
}

} // namespace

Result<Program> programFromJson(std::string_view text) {
  const Result<Json> json = parseJson(text, "program");
  if (!json) {
    return fail(ErrorKind::BadInput, "program: " + json.error().message);
  }
  try {
    JsonReader reader;
    Program program = reader.readProgram(*json);
    if (!reader.problem.empty()) {
      return fail(ErrorKind::BadInput, "program: " + reader.problem);
    }
    return program;
  } catch (const Json::exception &error) {
    return fail(ErrorKind::BadInput, fmt::format("program: {}", error.what()));
  }
}

} // namespace clew
