// Entries of the model are put in the order of the graph's parameters.
#include "compiler/CheckpointTable.h"

#include "runtime/program/CheckpointLayout.h"

#include <map>
#include <string>
#include <string_view>

namespace clew::compiler {
namespace {

Result<CheckpointNames> namesFor(const Checkpoint &checkpoint, std::span<const Parameter> parameters) {
  std::map<std::string_view, const CheckpointEntry *> unread;
  for (const CheckpointEntry &entry : checkpoint.entries) {
    unread.emplace(entry.parameter, &entry);
  }
  CheckpointNames names{checkpoint.form, {}};
  std::vector<std::string> places;
  for (const Parameter &parameter : parameters) {
    const auto entry = unread.find(parameter.name);
    const bool said = entry != unread.end();
    names.tensors.push_back(said ? entry->second->recipe : TensorRecipe::sum({parameter.name}));
    places.push_back(said && !entry->second->at.file.empty() ? entry->second->at.render() : "");
    if (said) {
      unread.erase(entry);
    }
  }
  for (const auto &[parameter, entry] : unread) {
    const std::vector<std::string> tensors = entry->recipe.tensors();
    names.form.ignore.insert(names.form.ignore.end(), tensors.begin(), tensors.end());
  }
  if (const Result<CheckpointLayout> layout = layOutCheckpoint(parameters, names, places); !layout) {
    return fail(layout.error().kind, "checkpoint '" + checkpoint.form.format + "': " + layout.error().message,
                layout.error().where);
  }
  return names;
}

} // namespace

Result<std::vector<CheckpointNames>> checkpointTable(const Model &model, std::span<const Parameter> parameters) {
  std::vector<CheckpointNames> table;
  for (const Checkpoint &checkpoint : model.checkpoints) {
    Result<CheckpointNames> names = namesFor(checkpoint, parameters);
    if (!names) {
      return fail(names);
    }
    table.push_back(std::move(*names));
  }
  return table;
}

} // namespace clew::compiler
