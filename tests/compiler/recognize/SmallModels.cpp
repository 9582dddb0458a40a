// See SmallModels.h.
#include "tests/compiler/recognize/SmallModels.h"

#include "compiler/Export.h"
#include "runtime/onnx/OnnxReader.h"
#include "runtime/onnx/OnnxWeights.h"
#include "runtime/onnx/OnnxWriter.h"
#include "runtime/session/Session.h"
#include "zoo/Zoo.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <limits>
#include <regex>
#include <sstream>

namespace fs = std::filesystem;

namespace clew {

constexpr int64_t vocabulary = 60;

ScratchFolder::ScratchFolder() {
  std::string name = (fs::temp_directory_path() / "clew-recognize-XXXXXX").string();
  const char *made = ::mkdtemp(name.data());
  folder = made ? made : ".";
}

ScratchFolder::~ScratchFolder() {
  std::error_code error;
  fs::remove_all(folder, error);
}

Result<Model> smallModel(const std::string &architecture, const std::string &head, const ScratchFolder &scratch) {
  static const std::map<std::string, std::string> small{
      {"layers", "2"},     {"hidden", "24"}, {"heads", "3"},      {"head", "8"},   {"ffn", "40"},
      {"embedding", "12"}, {"vocab", "60"},  {"positions", "32"}, {"width", "10"}, {"reach", "5"},
      {"distances", "11"}, {"letter", "4"},  {"projection", "8"}, {"clip", "0.02"}};
  std::ifstream file(fmt::format("{}/zoo/models/{}.yaml", CLEW_SOURCE_DIR, architecture));
  std::stringstream content;
  content << file.rdbuf();
  std::string text = content.str();
  std::smatch block;
  if (!std::regex_search(text, block, std::regex(R"(\nparams:\s*\{[^}]*\})"))) {
    return fail(ErrorKind::NotFound, "no params in " + architecture);
  }
  const std::string before = block[0];
  std::string after;
  const std::regex pair(R"(\b(\w+): ([\d.e+-]+))");
  auto from = before.cbegin();
  for (std::sregex_iterator it(before.begin(), before.end(), pair), end; it != end; ++it) {
    const auto known = small.find((*it)[1]);
    after.append(from, (*it)[2].first);
    after += known == small.end() ? std::string((*it)[2]) : known->second;
    from = (*it)[2].second;
  }
  after.append(from, before.cend());
  text.replace(static_cast<size_t>(block.position(0)), before.size(), after);
  const std::string path = scratch.file(architecture + ".yaml");
  std::ofstream(path) << text;
  const Result<Zoo> zoo = Zoo::openOnly({CLEW_SOURCE_DIR "/zoo"});
  Result<Model> model = zoo ? zoo->findModel(path) : fail(zoo);
  return model && !head.empty() ? zoo->withHead(*model, head, 3) : std::move(model);
}

Result<onnx::Model> exportedWithWeights(const Model &model, uint64_t seed) {
  std::vector<std::string> names;
  for (const auto &[name, value] : model.outputs) {
    names.push_back(name);
  }
  Result<ExportedGraph> exported = exportModel(model, names);
  if (!exported) {
    return fail(exported);
  }
  onnx::Model out;
  out.producer = "clew";
  out.metadata = {{"clew.model", model.name()}};
  out.graph = std::move(exported->graph);
  std::map<std::string, std::vector<float>> values; // of parameters, whichever forms they have in the file
  for (const ExportedWeight &weight : exported->weights) {
    const int64_t count = onnx::product(weight.dims);
    std::vector<float> &parameter = values[weight.parameter];
    if (parameter.empty()) {
      std::mt19937 chance(static_cast<uint32_t>(seed + std::hash<std::string>()(weight.parameter)));
      std::normal_distribution<float> normal(0, weight.dims.size() > 1 ? 0.25F : 0.1F);
      const bool gain = weight.dims.size() == 1 && weight.parameter.ends_with("norm.weight");
      parameter.resize(static_cast<size_t>(count));
      for (float &value : parameter) {
        value = normal(chance) + (gain ? 1 : 0);
      }
    }
    std::vector<float> arranged = parameter;
    if (weight.arrange) {
      arranged.clear();
      weight.arrange(parameter, arranged);
    }
    arranged.resize(static_cast<size_t>(count)); // some forms have zeros behind
    onnx::Tensor tensor{weight.name, onnx::DataType::Float, weight.dims, {}};
    tensor.raw.assign(reinterpret_cast<const char *>(arranged.data()), arranged.size() * sizeof(float));
    out.graph.initializers.push_back(std::move(tensor));
  }
  return out;
}

static onnx::Value integers(std::vector<int64_t> dims, const std::vector<int64_t> &values, onnx::Memory &memory) {
  onnx::Array array{onnx::DataType::Int64, std::move(dims), memory.take(static_cast<int64_t>(values.size()) * 8),
                    nullptr, nullptr};
  array.data = array.memory.get();
  std::memcpy(array.memory.get(), values.data(), values.size() * 8);
  return onnx::Value(std::move(array));
}

std::vector<onnx::Value> paddedInputs(const onnx::Model &model, const std::vector<int64_t> &lengths, int64_t places,
                                      std::mt19937 &chance) {
  static const auto memory = std::make_shared<onnx::Memory>(INT64_MAX);
  std::vector<onnx::Value> inputs;
  const auto rows = static_cast<int64_t>(lengths.size());
  int64_t segments = 2;
  for (const onnx::Tensor &tensor : model.graph.initializers) {
    segments = tensor.name.ends_with("segments.weight") ? tensor.dims[0] : segments;
  }
  for (const onnx::ValueInfo &info : model.graph.inputs) {
    const bool mask = info.name.find("mask") != std::string::npos;
    const int64_t most = info.name == "token_type_ids" ? segments : vocabulary;
    std::vector<int64_t> values;
    for (const int64_t length : lengths) {
      for (int64_t at = 0; at < places; ++at) {
        const int64_t drawn = static_cast<int64_t>(chance() % static_cast<uint32_t>(most));
        values.push_back(mask ? (at < length ? 1 : 0) : drawn);
      }
    }
    inputs.push_back(integers({rows, places}, values, *memory));
  }
  return inputs;
}

static std::map<std::string, onnx::Value> named(const onnx::Model &model, std::vector<onnx::Value> values) {
  std::map<std::string, onnx::Value> out;
  for (size_t i = 0; i < values.size(); ++i) {
    out[model.graph.outputs[i].name] = std::move(values[i]);
  }
  return out;
}

Outputs runByOp(const onnx::Model &model, std::vector<onnx::Value> inputs) {
  Result<onnx::Evaluator> evaluator = onnx::Evaluator::create(model, "model");
  Result<std::vector<onnx::Value>> values = evaluator ? evaluator->run(std::move(inputs), 1) : fail(evaluator);
  return values ? Outputs(named(model, std::move(*values))) : fail(values);
}

/// The inputs as the form has them.
static std::vector<onnx::PaddedValues> paddedValues(const std::vector<onnx::Value> &inputs) {
  std::vector<onnx::PaddedValues> out;
  for (const onnx::Value &input : inputs) {
    const auto all = input.array.all<int64_t>();
    out.push_back({input.array.dims, {all.begin(), all.end()}});
  }
  return out;
}

Outputs runRecognized(const onnx::Model &model, const std::vector<onnx::Value> &inputs, const ScratchFolder &scratch) {
  const std::string path = scratch.file("model.onnx");
  if (const auto written = onnx::writeModel(path, model, {}, false); !written) {
    return fail(written);
  }
  const Result<onnx::OnnxFile> file = onnx::openOnnx(path);
  const Result<OnnxGraph> graph = file ? OnnxGraph::recognize(file->model, path) : fail(file);
  if (!graph) {
    return fail(ErrorKind::NotFound, graph.error().message);
  }
  const Result<onnx::PackedRows> rows = onnx::pack(graph->form(), paddedValues(inputs));
  CompileOptions options;
  options.target = Target::Ref;
  Result<Program> program = rows ? graph->compile(options) : fail(rows);
  Result<Weights> weights = program ? onnx::loadOnnxWeights(path, *program) : fail(program);
  auto executable = weights ? Executable::create(std::move(*program), std::move(*weights)) : fail(weights);
  Result<Session> session = executable ? Session::create(*executable) : fail(executable);
  if (!session) {
    return fail(session);
  }
  std::vector<BatchInput> batch{{"offsets", rows->offsets}};
  for (size_t i = 0; i < graph->form().inputs.size(); ++i) {
    if (!graph->form().inputs[i].packed.empty()) {
      batch.push_back({graph->form().inputs[i].packed, rows->values[i]});
    }
  }
  if (const Result<void> ran = session->run({{}, {}, {}, batch}); !ran) {
    return fail(ran);
  }
  const auto memory = std::make_shared<onnx::Memory>(INT64_MAX);
  std::map<std::string, onnx::Value> out;
  for (const onnx::PaddedOutput &output : graph->form().outputs) {
    const OutputView view = *session->output(output.name);
    onnx::Array array{onnx::DataType::Float, onnx::dimsOf(output, *rows), nullptr, nullptr, nullptr};
    array.memory = memory->take(array.bytes());
    array.data = array.memory.get();
    onnx::spread(output, *rows, view.values(), view.columns, {array.to<float>(), static_cast<size_t>(array.count())});
    out[output.name] = onnx::Value(std::move(array));
  }
  return out;
}

double differenceAtTokens(const onnx::Value &a, const onnx::Value &b, const std::vector<int64_t> &lengths) {
  if (a.array.type != b.array.type || a.array.dims != b.array.dims || a.array.dims.empty()) {
    return std::numeric_limits<double>::infinity();
  }
  const auto rows = static_cast<int64_t>(lengths.size());
  const bool byToken = a.array.dims.size() > 2;
  const int64_t places = byToken ? a.array.dims[1] : 1;
  const int64_t width = a.array.count() / (rows * places);
  double most = 0;
  double apart = 0;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t at = 0; at < (byToken ? lengths[static_cast<size_t>(row)] : 1) * width; ++at) {
      const double x = a.array.as<float>()[row * places * width + at];
      const double y = b.array.as<float>()[row * places * width + at];
      if (std::isnan(x) != std::isnan(y)) {
        return std::numeric_limits<double>::infinity();
      }
      if (!std::isnan(x)) {
        most = std::max(most, std::abs(x));
        apart = std::max(apart, std::abs(x - y));
      }
    }
  }
  return apart / (1 + most);
}

} // namespace clew
