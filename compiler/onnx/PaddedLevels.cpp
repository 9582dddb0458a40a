// See PaddedLevels.h.
#include "compiler/onnx/PaddedLevels.h"

#include <limits>
#include <numeric>

using namespace mlir;

namespace clew::compiler {

/// Names that other exporters have given to what most models read.
static std::string inputNameOf(StringRef name) {
  return name == "ids" ? "input_ids" : name == "segments" ? "token_type_ids" : name.str();
}

/// "character_offsets" -> "character_lengths".
static std::string lengthsNameOf(StringRef offsets) {
  StringRef stem = offsets;
  return stem.consume_back("offsets") ? stem.str() + "lengths" : offsets.str() + "_lengths";
}

static StringRef nameOf(BlockArgument argument) {
  auto function = cast<func::FuncOp>(argument.getOwner()->getParentOp());
  return function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), nn::inputName).getValue();
}

PaddedLevels::PaddedLevels(func::FuncOp function, onnx::Graph &graph, GraphBuilder &builder)
    : builder(builder), graph(graph) {
  findLevels(function);
  declareInputs(function);
}

/// All levels that rows of values run over, and those that hold them.
void PaddedLevels::findLevels(func::FuncOp function) {
  llvm::StringMap<BlockArgument> cuts;
  for (BlockArgument argument : function.getArguments()) {
    if (nn::OffsetsAttr cut = nn::cutOf(argument.getType())) {
      cuts[cut.getLevel()] = argument;
    }
  }
  levels.push_back({nn::rootLevel});
  const auto add = [&](auto &self, StringRef name) -> int {
    const auto *known = llvm::find_if(levels, [&](const Level &level) { return level.name == name; });
    if (known != levels.end() || !cuts.contains(name)) {
      return static_cast<int>(known - levels.begin());
    }
    Level level{name};
    level.offsets = cuts.lookup(name);
    level.parent = self(self, nn::cutOf(level.offsets.getType()).getParent());
    level.axis = nameOf(level.offsets) == "offsets" ? "sequence" : name.str();
    levels.push_back(std::move(level));
    return static_cast<int>(levels.size()) - 1;
  };
  const auto look = [&](Value value) {
    nn::OffsetsAttr cut = nn::cutOf(value.getType());
    nn::LevelAttr level = cut ? nn::LevelAttr() : nn::levelOf(value);
    if (!value.use_empty() && (cut || level)) {
      add(add, cut ? cut.getLevel() : level.getName());
    }
  };
  llvm::for_each(function.getArguments(), look);
  function.walk([&](Operation *op) { llvm::for_each(op->getResults(), look); });
}

std::vector<std::string> PaddedLevels::axesOf(const Level &level) const {
  std::vector<std::string> axes;
  for (int at = static_cast<int>(&level - levels.begin()); at >= 0; at = levels[at].parent) {
    axes.insert(axes.begin(), levels[at].axis);
  }
  return axes;
}

std::string PaddedLevels::declare(const std::string &name, const Level &level) {
  onnx::ValueInfo input{builder.unique(name), onnx::DataType::Int64};
  for (const std::string &axis : axesOf(level)) {
    witnesses.try_emplace(axis, input.name, static_cast<int64_t>(input.shape.size()));
    input.shape.emplace_back(axis);
  }
  graph.inputs.push_back(std::move(input));
  return graph.inputs.back().name;
}

void PaddedLevels::declareInputs(func::FuncOp function) {
  for (BlockArgument argument : function.getArguments()) {
    nn::LevelAttr values = nn::cutOf(argument.getType()) ? nn::LevelAttr() : nn::levelOf(argument);
    if (values && !argument.use_empty()) {
      inputs[argument] = declare(inputNameOf(nameOf(argument)), find(values.getName()));
    }
  }
  for (Level &level : levels) {
    if (!isBatch(level)) {
      const StringRef name = nameOf(level.offsets);
      if (name == "offsets") {
        level.mask = declare("attention_mask", level);
      } else if (witnesses.contains(level.axis)) {
        level.counts = declare(lengthsNameOf(name), *above(level));
      } else { // nothing else says how many places there are
        level.mask = declare(level.name.str() + "_mask", level);
      }
    }
  }
}

PaddedLevels::Level &PaddedLevels::find(StringRef name) {
  return *llvm::find_if(levels, [&](const Level &level) { return level.name == name; });
}

std::string PaddedLevels::once(Level &level, const char *what, llvm::function_ref<std::string()> make) {
  auto known = level.made.find(what);
  if (known == level.made.end()) {
    const std::string before = builder.setScope(level.name.str() + "/" + what);
    known = level.made.emplace(what, make()).first;
    builder.setScope(before);
  }
  return known->second;
}

std::string PaddedLevels::extent(const std::string &axis) {
  return once(levels.front(), ("extent." + axis).c_str(), [&] {
    const auto &[input, at] = witnesses.at(axis);
    return builder.op("Gather", {builder.op("Shape", {input}), builder.vector({at})}, {integer("axis", 0)});
  });
}

std::string PaddedLevels::shapeOf(const Level &level) {
  SmallVector<std::string> extents;
  for (const std::string &axis : axesOf(level)) {
    extents.push_back(extent(axis));
  }
  return extents.size() == 1 ? extents.front() : builder.concat(extents, 0);
}

/// An input with the axes of `level`, as numbers of it: all axes but the last become one.
std::string PaddedLevels::flat(const std::string &input, const Level &level) {
  const auto axes = static_cast<int64_t>(axesOf(level).size());
  return axes <= 2 ? input : builder.op("Flatten", {input}, {integer("axis", axes - 1)});
}

std::string PaddedLevels::numbers(BlockArgument values) {
  Level &level = find(nn::levelOf(values).getName());
  return once(level, ("input." + nameOf(values).str()).c_str(), [&] { return flat(inputs.at(values), level); });
}

std::string PaddedLevels::counterOf(Level &level) {
  return once(level, "counter", [&] {
    const std::string count = builder.op("Squeeze", {extent(level.axis), builder.vector({0})});
    return builder.op("Range", {builder.scalar(0), count, builder.scalar(1)});
  });
}

std::string PaddedLevels::lengthsOf(Level &level) {
  return once(level, "lengths", [&] {
    if (!level.mask.empty()) {
      return builder.op("ReduceSum", {builder.cast(realOf(level), onnx::DataType::Int64), builder.vector({1})},
                        {integer("keepdims", 0)});
    }
    Level &parent = *above(level);
    if (isBatch(parent)) {
      return level.counts;
    }
    return builder.op("Where",
                      {builder.reshape(realOf(parent), {-1}), builder.reshape(level.counts, {-1}), builder.scalar(0)});
  });
}

std::string PaddedLevels::realOf(Level &level) {
  return once(level, "real", [&] {
    if (level.mask.empty()) {
      return builder.op("Less", {counterOf(level), builder.unsqueeze(lengthsOf(level), {1})});
    }
    const std::string mask = builder.cast(flat(level.mask, level), onnx::DataType::Bool);
    Level &parent = *above(level);
    return isBatch(parent) ? mask : builder.op("And", {mask, builder.reshape(realOf(parent), {-1, 1})});
  });
}

/// bool [n, m] -> [n]: whether all of a row are true.
std::string PaddedLevels::allOf(const std::string &x) {
  const std::string least = builder.op("ReduceMin", {builder.cast(x, onnx::DataType::Int32)},
                                       {integers("axes", {1}), integer("keepdims", 0)});
  return builder.cast(least, onnx::DataType::Bool);
}

/// bool [elements above]: whether each has elements, as many as there is room for, and no padding before one.
std::string PaddedLevels::fits(Level &level) {
  const std::string some = builder.op("Greater", {lengthsOf(level), builder.scalar(0)});
  if (level.mask.empty()) {
    return builder.op("And", {some, builder.op("LessOrEqual", {lengthsOf(level), extent(level.axis)})});
  }
  const std::string first = builder.op("Less", {counterOf(level), builder.unsqueeze(lengthsOf(level), {1})});
  return builder.op("And", {some, allOf(builder.op("Equal", {first, realOf(level)}))});
}

/// bool [batch]: which sequences' inputs all fit.
std::string PaddedLevels::validSequences() {
  return once(levels.front(), "valid", [&] {
    std::string all;
    for (Level &level : levels) {
      if (isBatch(level)) {
        continue;
      }
      std::string elements = fits(level);
      for (Level *parent = above(level); !isBatch(*parent); parent = above(*parent)) {
        const std::string real = realOf(*parent);
        const std::string rows = builder.op("Reshape", {elements, builder.op("Shape", {real})});
        elements = allOf(builder.op("Or", {rows, builder.op("Not", {real})}));
      }
      all = all.empty() ? elements : builder.op("And", {all, elements});
    }
    return all;
  });
}

std::string PaddedLevels::real(nn::LevelAttr level) { return realOf(find(level.getName())); }

std::string PaddedLevels::realColumn(nn::LevelAttr level) {
  return once(find(level.getName()), "real_column", [&] { return builder.unsqueeze(real(level), {2}); });
}

std::string PaddedLevels::lengths(nn::LevelAttr level) { return lengthsOf(find(level.getName())); }

std::string PaddedLevels::places(nn::LevelAttr level) { return extent(find(level.getName()).axis); }

std::string PaddedLevels::counter(nn::LevelAttr level) { return counterOf(find(level.getName())); }

std::string PaddedLevels::asRowsAbove(nn::LevelAttr level, const std::string &x, int64_t width) {
  Level &parent = *above(find(level.getName()));
  if (isBatch(parent)) {
    return x;
  }
  const std::string shape = builder.op("Shape", {realOf(parent)});
  return builder.op("Reshape", {x, builder.concat({shape, builder.vector({width})}, 0)});
}

std::string PaddedLevels::fromRowsAbove(nn::LevelAttr level, const std::string &x, int64_t width) {
  return isBatch(*above(find(level.getName()))) ? x : builder.reshape(x, {-1, width});
}

void PaddedLevels::output(const std::string &name, nn::LevelAttr rows, const std::string &x, int64_t width) {
  Level &level = find(rows.getName());
  const std::vector<std::string> axes = axesOf(level);
  onnx::ValueInfo info{name};
  info.shape.assign(axes.begin(), axes.end());
  info.shape.emplace_back(width);
  graph.outputs.push_back(std::move(info));

  if (levels.size() == 1) { // nothing is padded
    builder.opAs(name, "Identity", {x});
    return;
  }
  const std::string never = builder.number(std::numeric_limits<float>::quiet_NaN());
  if (isBatch(level)) {
    builder.opAs(name, "Where", {builder.unsqueeze(validSequences(), {1}), x, never});
    return;
  }
  std::vector<int64_t> inner(axes.size() - 1);
  std::iota(inner.begin(), inner.end(), 1);
  const std::string valid = builder.unsqueeze(validSequences(), inner);
  std::string full = x;
  std::string real = realOf(level);
  if (axes.size() > 2) {
    const std::string shape = shapeOf(level);
    full = builder.op("Reshape", {x, builder.concat({shape, builder.vector({width})}, 0)});
    real = builder.op("Reshape", {real, shape});
  }
  const auto last = static_cast<int64_t>(axes.size());
  const std::string padding = builder.unsqueeze(builder.op("Where", {valid, builder.number(0), never}), {last});
  const std::string shown = builder.unsqueeze(builder.op("And", {real, valid}), {last});
  builder.opAs(name, "Where", {shown, full, padding});
}

} // namespace clew::compiler
