// clew export: a model with its head and weights as an ONNX file.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ExportMetadata.h"
#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/RunProgram.h"
#include "cli/Table.h"
#include "cli/Version.h"
#include "compiler/Export.h"
#include "runtime/base/OutputPlace.h"
#include "runtime/onnx/OnnxWriter.h"
#include "runtime/weights/Weights.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace clew {
namespace {

struct ExportArguments {
  ModelArgument model;
  std::string weights; ///< empty: random ones
  std::string output;
  uint64_t seed = 0;
  bool layers = false;
  bool beside = false;
  bool json = false;
};

/// A Program that reads exactly the parameters that the graph does: what weights are loaded for.
Result<Program> programFor(const Model &model, const std::vector<std::string> &outputs) {
  CompileOptions options;
  options.target = Target::Ref;
  options.outputs = outputs;
  const Progress progress("compiling " + model.name());
  return compileCached(model, options);
}

Result<Weights> weightsFor(const Program &program, const ExportArguments &arguments) {
  if (arguments.weights.empty()) {
    say("note: no --weights: they are random (seed {}), and so is what the model says\n", arguments.seed);
    return randomWeights(program, arguments.seed, usableCores());
  }
  Result<Weights> weights = loadWeights(arguments.weights, program);
  for (const std::string &note : weights ? weights->notes() : std::vector<std::string>()) {
    say("note: {}\n", note);
  }
  return weights;
}

/// What the writer asks for the numbers of; borrows all three.
Result<std::vector<onnx::Weight>> sourcesOf(const ExportedGraph &graph, const Program &program,
                                            const Weights &weights) {
  std::vector<onnx::Weight> sources;
  for (const ExportedWeight &weight : graph.weights) {
    const auto parameter = std::ranges::find(program.parameters, weight.parameter, &Parameter::name);
    if (parameter == program.parameters.end()) {
      return fail(ErrorKind::Internal,
                  fmt::format("the program of {} has no parameter '{}'", program.model, weight.parameter));
    }
    sources.push_back({weight.name, weight.dims, [&weight, &weights, &parameter = *parameter](onnx::NumberSink sink) {
                         return weights.visit(parameter, [&](std::span<const float> values) {
                           if (!weight.arrange) {
                             return sink(values);
                           }
                           std::vector<float> arranged;
                           weight.arrange(values, arranged);
                           return sink(arranged);
                         });
                       }});
  }
  return sources;
}

/// "[batch, sequence, 768]".
std::string shapeText(const onnx::ValueInfo &value) {
  std::vector<std::string> axes;
  for (const onnx::Dimension &axis : value.shape) {
    const auto *extent = std::get_if<int64_t>(&axis);
    axes.push_back(extent ? std::to_string(*extent) : std::get<std::string>(axis));
  }
  return fmt::format("[{}]", fmt::join(axes, ", "));
}

void showTable(const onnx::Model &model, const onnx::WrittenModel &written, const ExportArguments &arguments) {
  Table table({{"value"}, {"is"}, {"type"}, {"shape"}});
  for (const onnx::ValueInfo &input : model.graph.inputs) {
    table.add({input.name, "input", "int64", shapeText(input)});
  }
  for (const onnx::ValueInfo &output : model.graph.outputs) {
    table.add({output.name, "output", "float", shapeText(output)});
  }
  printText(table.render());
  say("{}: opset {}, {} nodes; wrote {} ({} bytes)\n", model.graph.name, model.opset, model.graph.nodes.size(),
      arguments.output, grouped(static_cast<int64_t>(written.bytes)));
  if (!written.dataFile.empty()) {
    say("note: the weights are in {} ({} bytes), which belongs in the same folder\n", written.dataFile,
        grouped(static_cast<int64_t>(written.dataBytes)));
  }
}

nlohmann::ordered_json valuesJson(const std::vector<onnx::ValueInfo> &values) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const onnx::ValueInfo &value : values) {
    nlohmann::ordered_json shape = nlohmann::ordered_json::array();
    for (const onnx::Dimension &axis : value.shape) {
      std::visit([&](const auto &extent) { shape.push_back(extent); }, axis);
    }
    out.push_back({{"name", value.name}, {"shape", std::move(shape)}});
  }
  return out;
}

void showJson(const onnx::Model &model, const onnx::WrittenModel &written, const ExportArguments &arguments) {
  nlohmann::ordered_json metadata = nlohmann::ordered_json::object();
  for (const auto &[key, value] : model.metadata) {
    metadata[key] = value;
  }
  printJson({{"file", arguments.output},
             {"bytes", written.bytes},
             {"data_file", written.dataFile},
             {"data_bytes", written.dataBytes},
             {"opset", model.opset},
             {"nodes", model.graph.nodes.size()},
             {"inputs", valuesJson(model.graph.inputs)},
             {"outputs", valuesJson(model.graph.outputs)},
             {"random_weights", arguments.weights.empty()},
             {"metadata", std::move(metadata)}});
}

/// Places that cannot be written are found before anything is loaded, and nothing that is read is replaced.
Result<void> prepareOutput(const ExportArguments &arguments, const Model &model) {
  if (const Result<OutputPlace> place = outputPlace(arguments.output); !place) {
    return fail(place);
  }
  if (isStandardOutput(arguments.output)) {
    divertResults();
  }
  for (const std::string &path : {arguments.output, onnx::dataFileOf(arguments.output)}) {
    for (const auto &[other, what] :
         {std::pair(arguments.weights, "the weights"), std::pair(model.file, "the model's")}) {
      if (Result<void> apart = refuseReplacing(path, other, what); !apart) {
        return apart;
      }
    }
  }
  return {};
}

int64_t columnsOf(const onnx::Graph &graph, std::string_view output) {
  const auto found = std::ranges::find(graph.outputs, output, &onnx::ValueInfo::name);
  return found == graph.outputs.end() ? 0 : std::get<int64_t>(found->shape.back());
}

/// The file's model, with all that it says of itself.
Result<onnx::Model> describe(ExportedGraph &graph, const ModelForTask &model, const Weights &weights,
                             const ExportArguments &arguments) {
  auto metadata = exportMetadata({model, weights, arguments.weights, columnsOf(graph.graph, "logits")});
  if (!metadata) {
    return fail(metadata);
  }
  onnx::Model out;
  out.producer = "clew";
  out.producerVersion = versionInfo().version;
  out.description = fmt::format("{}, {}", model.model.name(), model.model.source);
  out.metadata = std::move(*metadata);
  out.graph = std::move(graph.graph);
  return out;
}

int exportToOnnx(const ExportArguments &arguments) {
  const Result<ModelForTask> model = loadModelAndTask(arguments.model);
  if (!model) {
    return report(model.error(), codeOf(model.error()));
  }
  if (const Result<void> prepared = prepareOutput(arguments, model->model); !prepared) {
    return report(prepared.error());
  }
  const std::vector<std::string> outputs = outputNames(model->model, arguments.layers);
  Result<ExportedGraph> graph = exportModel(model->model, outputs);
  const Result<Program> program = graph ? programFor(model->model, outputs) : fail(graph);
  const Result<Weights> weights = program ? weightsFor(*program, arguments) : fail(program);
  const Result<onnx::Model> file = weights ? describe(*graph, *model, *weights, arguments) : fail(weights);
  const auto sources = file ? sourcesOf(*graph, *program, *weights) : fail(file);
  if (!sources) {
    return report(sources.error());
  }
  const Result<onnx::WrittenModel> written = [&] {
    const Progress progress("writing " + arguments.output);
    return onnx::writeModel(arguments.output, *file, *sources, arguments.beside);
  }();
  if (!written) {
    return report(written.error());
  }
  (arguments.json ? showJson : showTable)(*file, *written, arguments);
  return kDone;
}

} // namespace

void addExportCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App *command = app.add_subcommand("export", "Write a model as an ONNX file");
  command->footer(
      "Examples:\n  clew export bert/base bert.onnx --weights bert-base-chinese\n"
      "  clew export bert/rbt3 tnews.onnx --task tnews --weights trained/best.safetensors\n\n"
      "The file (opset 17) reads int64 input_ids and attention_mask [batch, sequence], and token_type_ids if the\n"
      "model reads segments; each row's tokens stand first, where attention_mask is 1. It gives what `clew run`\n"
      "gives, padded: hidden [batch, sequence, hidden], pooled [batch, hidden], logits with a head. Rows of padding\n"
      "are 0; a sequence whose mask is empty or has a gap is NaN. docs/onnx.md says the rest.");
  addModelArgument(*command, arguments->model);
  command->add_option("OUT", arguments->output, "The file")->required()->type_name("FILE.onnx");
  command->add_option("--weights", arguments->weights, "A weights file or a Hugging Face folder; random without")
      ->type_name("WEIGHTS");
  command->add_option("--seed", arguments->seed, "Of random weights; 0 by default")->type_name("N");
  command->add_flag("--layers", arguments->layers, "Also give what each layer gives");
  command->add_flag("--external-data", arguments->beside,
                    "Write the weights to FILE.onnx.data beside it, as is done anyway from 2 GB on");
  command->add_flag("--json", arguments->json, "Print what was written as JSON");
  command->callback([arguments, &chosen] { chosen = [arguments] { return exportToOnnx(*arguments); }; });
}

} // namespace clew
