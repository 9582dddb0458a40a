// Names of kinds of ranges, and what recipes say of tensors' names.
#include "runtime/base/TensorRecipe.h"

#include <algorithm>

namespace clew {

std::string_view nameOf(TensorRange::Kind kind) {
  switch (kind) {
  case TensorRange::Kind::All:
    return "all";
  case TensorRange::Kind::Share:
    return "share";
  case TensorRange::Kind::Span:
    return "span";
  case TensorRange::Kind::First:
    return "first";
  case TensorRange::Kind::Last:
    return "last";
  }
  return "?";
}

TensorRecipe TensorRecipe::sum(const std::vector<std::string> &tensors) {
  TensorRecipe recipe;
  std::vector<TensorPart> &parts = recipe.blocks.emplace_back();
  for (const std::string &tensor : tensors) {
    parts.push_back({.tensor = tensor});
  }
  return recipe;
}

std::vector<std::string> TensorRecipe::tensors() const {
  std::vector<std::string> names;
  for (const std::vector<TensorPart> &block : blocks) {
    for (const TensorPart &part : block) {
      if (std::ranges::find(names, part.tensor) == names.end()) {
        names.push_back(part.tensor);
      }
    }
  }
  return names;
}

} // namespace clew
