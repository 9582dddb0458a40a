// clew zoo: what models there are; clew zoo show: one model's ops with their shapes.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/OnnxCommand.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/Table.h"
#include "compiler/Compile.h"
#include "runtime/base/Excerpt.h"
#include "runtime/weights/CheckpointFormats.h"
#include "zoo/Zoo.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace clew {
namespace {

constexpr size_t mostSource = 40; ///< letters of a paper's name in the list; `show` and JSON have all
constexpr int64_t kTokens = 128;  ///< of the sequence that FLOPs are counted for

struct ListArguments {
  std::vector<std::string> zoo;
  bool json = false;
};

struct ShowArguments {
  ModelArgument model;
  bool json = false;
};

/// One model at one size, as the list shows it.
struct Entry {
  Model model;
  ModelSummary summary;
};

/// The names of config.json's place that a way of naming reads.
std::vector<std::string> configFiles(const CheckpointForm &form) {
  const bool hasRules = !form.config.rules.empty() || !form.config.absent.empty() || !form.config.ignore.empty();
  return form.config.files.empty() && hasRules ? std::vector<std::string>{"config.json"} : form.config.files;
}

/// How published files may call the model's tensors.
std::string namings(const Model &model) {
  std::vector<std::string> names;
  for (const Checkpoint &checkpoint : model.checkpoints) {
    names.push_back(checkpoint.form.format);
  }
  return names.empty() ? "parameters" : fmt::format("{}", fmt::join(names, ", "));
}

nlohmann::ordered_json namingsJson(const Model &model) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const Checkpoint &checkpoint : model.checkpoints) {
    out.push_back({{"name", checkpoint.form.format}, {"config", configFiles(checkpoint.form)}});
  }
  return out;
}

Result<Entry> makeEntry(const Zoo &zoo, const ModelFile &file, const std::string &size) {
  Result<Model> model = zoo.findModel(file.architecture + "/" + size);
  if (!model) {
    return fail(model);
  }
  Result<ModelSummary> summary = summarize(*model, kTokens);
  if (!summary) {
    return fail(summary);
  }
  return Entry{std::move(*model), std::move(*summary)};
}

void printList(const std::vector<Entry> &entries, bool json) {
  if (json) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const Entry &entry : entries) {
      out.push_back({{"model", entry.model.name()},
                     {"parameters", entry.summary.parameters},
                     {"flops", entry.summary.flops},
                     {"tokens", entry.summary.tokens},
                     {"source", entry.model.source},
                     {"namings", namingsJson(entry.model)},
                     {"formats", readableFormats()},
                     {"file", entry.model.file}});
    }
    printJson(out);
    return;
  }
  Table table({{"model"},
               {"parameters", Align::Right},
               {fmt::format("FLOPs at {}", kTokens), Align::Right},
               {"paper"},
               {"tensors named as by"}});
  for (const Entry &entry : entries) {
    table.add({entry.model.name(), grouped(entry.summary.parameters), scaled(static_cast<double>(entry.summary.flops)),
               excerpt(entry.model.source, mostSource), namings(entry.model)});
  }
  printText(table.render(terminalWidth()));
  printText(
      wrapped(fmt::format("\nWeights are read from files of {}. Their tensors may be named as the last column says; "
                          "parameters: as clew zoo show lists the model's own.\n",
                          fmt::join(readableFormats(), ", ")),
              terminalWidth()));
}

int list(const ListArguments &arguments) {
  Result<Zoo> zoo = openZoo(arguments.zoo);
  if (!zoo) {
    return report(zoo.error());
  }
  int code = kDone;
  int64_t total = 0;
  for (const ModelFile &file : zoo->models()) {
    total += static_cast<int64_t>(file.sizes.size());
  }
  std::vector<Entry> entries;
  {
    Progress progress("reading the zoo", total);
    for (const ModelFile &file : zoo->models()) {
      for (const std::string &size : file.sizes) {
        Result<Entry> entry = makeEntry(*zoo, file, size);
        progress.advance();
        if (entry) {
          entries.push_back(std::move(*entry));
        } else {
          code = report(entry.error());
        }
      }
    }
  }
  printList(entries, arguments.json);
  return code;
}

void printModel(const Model &model, const ModelSummary &summary, bool json) {
  if (json) {
    nlohmann::ordered_json nodes = nlohmann::ordered_json::array();
    for (const NodeSummary &node : summary.nodes) {
      nodes.push_back({{"op", node.op}, {"name", node.name}, {"shape", node.shape}, {"parameters", node.parameters}});
    }
    const nlohmann::ordered_json out = {{"model", model.name()},
                                        {"source", model.source},
                                        {"file", model.file},
                                        {"parameters", summary.parameters},
                                        {"flops", summary.flops},
                                        {"tokens", summary.tokens},
                                        {"namings", namingsJson(model)},
                                        {"formats", readableFormats()},
                                        {"nodes", std::move(nodes)}};
    printJson(out);
    return;
  }
  printOut("{}: {} parameters, {}FLOPs at {} tokens, {}\n{}\n", model.name(), grouped(summary.parameters),
           scaled(static_cast<double>(summary.flops)), summary.tokens, model.source, model.file);
  printText(wrapped(fmt::format("tensors named as by: {}\n\n", namings(model)), terminalWidth()));
  Table table({{"op"}, {"name"}, {"shape"}, {"parameters", Align::Right}});
  for (const NodeSummary &node : summary.nodes) {
    table.add({node.op, node.name, node.shape, node.parameters > 0 ? grouped(node.parameters) : ""});
  }
  printText(table.render(terminalWidth()));
}

int show(const ShowArguments &arguments) {
  if (isOnnx(arguments.model.spec)) {
    return showOnnx(arguments.model.spec, arguments.json);
  }
  Result<Model> model = loadModel(arguments.model);
  if (!model) {
    return report(model.error(), codeOf(model.error()));
  }
  Result<ModelSummary> summary = summarize(*model, kTokens);
  if (!summary) {
    return report(summary.error());
  }
  printModel(*model, *summary, arguments.json);
  return kDone;
}

} // namespace

void addZooCommand(CLI::App &app, Action &chosen) {
  auto listing = std::make_shared<ListArguments>();
  auto showing = std::make_shared<ShowArguments>();
  CLI::App *command = app.add_subcommand("zoo", "List the models, or show one");
  command->footer("Examples:\n  clew zoo\n  clew zoo --json --zoo my-models\n  clew zoo show bert/tinybert-4l-312");
  addZooOption(*command, listing->zoo);
  command->add_flag("--json", listing->json, "Print JSON");
  CLI::App *one = command->add_subcommand("show", "Show one model's ops with their shapes and parameters");
  one->footer("Examples:\n  clew zoo show bert/tinybert-4l-312 --task classify:15\n  clew zoo show model.onnx");
  addModelArgument(*one, showing->model);
  one->add_flag("--json", showing->json, "Print JSON");
  command->require_subcommand(0, 1);
  // CLI11 calls back the inner command first, then the outer one.
  command->callback([=, &chosen] {
    chosen = one->parsed() ? Action([=] { return show(*showing); }) : Action([=] { return list(*listing); });
  });
}

} // namespace clew
