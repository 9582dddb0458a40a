// See KeyFiller.h.
#include "suites/run/KeyFiller.h"

#include "runtime/weights/CheckpointFormats.h"
#include "runtime/weights/Weights.h"
#include "suites/data/TaskIdentity.h"
#include "suites/run/ModelIdentity.h"
#include "suites/run/TokenizerSearch.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <variant>

namespace clew {
namespace {

namespace fs = std::filesystem;

/// Rows of the smallest table that a value for which `feeds` is true goes into: what that value may be at most. 0: no such table.
template <typename Feeds> int64_t tableSize(const Model &model, Feeds feeds) {
  int64_t size = 0;
  for (const Node &node : model.nodes) {
    if (node.op != "embedding" || node.operands.empty() || !feeds(node.operands.front())) {
      continue;
    }
    for (const auto &[name, value] : node.attributes) {
      if (const int64_t *count = std::get_if<int64_t>(&value); count && name == "count") {
        size = size == 0 ? *count : std::min(size, *count);
      }
    }
  }
  return size;
}

int64_t vocabularySizeOf(const Model &model) {
  return tableSize(model, [&](ValueRef from) {
    return from.node < 0 && model.inputs[static_cast<size_t>(from.result)].name == "ids";
  });
}

/// Tokens that a row may have; 0: any number.
int64_t longestRowOf(const Model &model) {
  return tableSize(model, [&](ValueRef from) {
    return from.node >= 0 && model.nodes[static_cast<size_t>(from.node)].op == "positions";
  });
}

} // namespace

bool KeyFiller::findWeights(Configuration &configuration) const {
  std::string looked;
  for (const std::string &folder : {options.weights, plan.board.weights}) {
    if (folder.empty()) {
      continue;
    }
    const fs::path place =
        fs::path(folder) / configuration.model->architecture / configuration.model->size / configuration.task.name;
    looked += (looked.empty() ? "" : "', '") + place.string();
    if (const auto found = CheckpointFolder::open(place.string()); found && holdsWeights(*found)) {
      configuration.weights = place.string();
      return true;
    }
  }
  configuration.weights = options.randomWeights ? "" : looked;
  return options.randomWeights;
}

Result<std::string> KeyFiller::fillKey(Configuration &configuration) {
  const Model &model = *configuration.model;
  CellKey &key = configuration.key;
  key.model = model.name();
  key.task = configuration.task.name;
  key.taskVersion = configuration.task.version;
  key.taskSha256 = taskSha256(configuration.task);
  key.split = plan.board.split;
  key.dataSha256 = configuration.data->sha256;
  key.cpu = options.cpu;
  key.execution = options.execution;
  key.deterministic = options.deterministic;
  key.seed = plan.seed;
  key.tier = plan.board.tier;
  key.machine = plan.machine.identity();
  const Result<std::string> modelHash = modelSha256(model);
  if (!modelHash) {
    return fail(modelHash);
  }
  key.modelSha256 = *modelHash;
  key.weightsSha256 = fmt::format("random:{}", plan.seed);
  if (!configuration.weights.empty()) {
    const std::string &file = configuration.weights;
    if (!hashes.contains(file)) {
      const Result<std::string> hash = weightsSha256(file);
      if (!hash) {
        return fail(hash);
      }
      hashes[file] = *hash;
    }
    key.weightsSha256 = hashes[file];
  }
  const Result<FoundTokenizer> found =
      findTokenizer(model, {options.vocabulary, configuration.weights, plan.dataFolder, vocabularySizeOf(model)});
  if (!found) {
    return found.error().render();
  }
  configuration.longest = longestRowOf(model);
  if (const int64_t limit = found->tokenizer->longest(); limit > 0) {
    configuration.longest = configuration.longest > 0 ? std::min(configuration.longest, limit) : limit;
  }
  key.vocabularySha256 = found->tokenizer->vocabulary().sha256();
  key.tokenizerSha256 = found->tokenizer->sha256();
  return std::string();
}

} // namespace clew
