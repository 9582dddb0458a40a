// Names of kinds of ranges, and what recipes say of tensors' names.
#include "runtime/base/TensorRecipe.h"

#include <algorithm>
#include <bit>

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
      if (!part.tensor.empty() && std::ranges::find(names, part.tensor) == names.end()) {
        names.push_back(part.tensor);
      }
    }
  }
  return names;
}

namespace {

std::string describeRange(const TensorRange &range) {
  return std::string(nameOf(range.kind)) + " " + std::to_string(range.from) + " " + std::to_string(range.to);
}

template <typename T> std::string listOf(const std::vector<T> &numbers) {
  std::string text = "[";
  for (const T number : numbers) {
    text += std::to_string(number) + " ";
  }
  return text + "]";
}

} // namespace

std::string TensorRecipe::describe() const {
  std::string text;
  for (const std::vector<TensorPart> &block : blocks) {
    text += "{";
    for (const TensorPart &part : block) {
      text += std::to_string(part.tensor.size()) + ":" + part.tensor;
      if (!part.isPlain()) {
        text += " elements " + describeRange(part.elements) + " rows " + describeRange(part.rows) + " columns " +
                describeRange(part.columns) + (part.transpose ? " transpose" : "") + " shape " + listOf(part.shape) +
                " axes " + listOf(part.axes) + " plus " + std::to_string(std::bit_cast<uint32_t>(part.plus));
      }
      text += ";";
    }
    text += "}";
  }
  return text;
}

} // namespace clew
