// The values of `checkpoint: names:`: of which tensors, and of which parts of them, a parameter is made.
#include "yaml/YamlFields.h"
#include "zoo/SyntaxReader.h"

#include <charconv>

namespace clew {
namespace {

constexpr int64_t mostExtent = int64_t{1} << 40;
constexpr int64_t mostShares = 65536;

/// "2 of 3".
std::optional<RangeSyntax> asShare(const YamlNode &node) {
  constexpr std::string_view of = " of ";
  const size_t at = node.text.find(of);
  if (node.kind != YamlNode::Kind::Scalar || at == std::string::npos) {
    return std::nullopt;
  }
  RangeSyntax range{node.at, TensorRange::Kind::Share, {}, {}};
  const char *text = node.text.data();
  const char *end = text + node.text.size();
  int64_t numbers[2] = {0, 0};
  const bool read = std::from_chars(text, text + at, numbers[0]).ptr == text + at &&
                    std::from_chars(text + at + of.size(), end, numbers[1]).ptr == end;
  range.from.literal = numbers[0];
  range.to.literal = numbers[1];
  const bool right = read && numbers[0] >= 1 && numbers[0] <= numbers[1] && numbers[1] <= mostShares;
  return right ? std::optional(range) : std::nullopt;
}

bool isEnd(const YamlNode &node) { return node.kind == YamlNode::Kind::Scalar && !node.quoted && node.text == "end"; }

class RecipeReader {
public:
  RecipeReader(const std::string &what, const ModelSyntax &syntax, Diagnostics &diagnostics)
      : what(what), syntax(syntax), diagnostics(diagnostics) {}

  /// A name, a part, `join:`, or a list that is summed.
  void read(const YamlNode &node, std::vector<std::vector<PartSyntax>> &blocks) {
    const YamlEntry *join = node.kind == YamlNode::Kind::Map ? node.find("join") : nullptr;
    if (!join) {
      readBlocks(node, blocks);
      return;
    }
    YamlFields fields(node, what, diagnostics);
    (void)fields.find("join");
    fields.finish();
    if (join->value.kind != YamlNode::Kind::Sequence || join->value.items.empty()) {
      diagnostics.error(join->at, "expected a list of at least one part for 'join', found " + describe(join->value));
      return;
    }
    for (const YamlNode &item : join->value.items) {
      if (blocks.size() > mostRecipeBlocks) {
        return;
      }
      readBlocks(item, blocks);
    }
  }

private:
  void readBlocks(const YamlNode &node, std::vector<std::vector<PartSyntax>> &blocks) {
    if (node.kind != YamlNode::Kind::Sequence) {
      for (PartSyntax &part : readParts(node)) {
        blocks.push_back({std::move(part)});
      }
    } else if (node.items.empty() || node.items.size() > mostBlockParts) {
      diagnostics.error(node.at, "expected 1 to " + std::to_string(mostBlockParts) + " tensors in a sum for " + what +
                                     ", found " + std::to_string(node.items.size()));
    } else {
      std::vector<PartSyntax> sum;
      for (const YamlNode &item : node.items) {
        std::vector<PartSyntax> parts = readParts(item);
        if (parts.size() > 1) {
          diagnostics.error(item.at, "expected one part in a sum for " + what + ", found a list of shares; join sums");
        } else if (!parts.empty()) {
          sum.push_back(std::move(parts.front()));
        }
      }
      blocks.push_back(std::move(sum));
    }
    if (blocks.size() > mostRecipeBlocks) {
      diagnostics.error(node.at, "more than " + std::to_string(mostRecipeBlocks) + " blocks for " + what);
    }
  }

  /// One, or with a list of shares one for each of them.
  std::vector<PartSyntax> readParts(const YamlNode &node) {
    if (node.kind != YamlNode::Kind::Map) {
      const auto name = readTensorName(node, what, diagnostics);
      return name ? std::vector{PartSyntax{.tensor = *name}} : std::vector<PartSyntax>();
    }
    YamlFields fields(node, what, diagnostics);
    PartSyntax part;
    if (const YamlEntry *fill = fields.find("fill")) {
      part.fill = true;
      part.plus = floatOf(fill->value, "'fill'", -1e6, 1e6, diagnostics).value_or(0);
      fields.finish();
      return {part};
    }
    if (const YamlEntry *tensor = fields.need("tensor")) {
      part.tensor = readTensorName(tensor->value, what, diagnostics).value_or(Named{"", tensor->at});
    }
    if (const YamlEntry *transpose = fields.find("transpose")) {
      part.transpose = boolOf(transpose->value, "'transpose'", diagnostics).value_or(false);
    }
    if (const YamlEntry *plus = fields.find("plus")) {
      part.plus = floatOf(plus->value, "'plus'", -1e6, 1e6, diagnostics).value_or(0);
    }
    readShape(fields, part);
    std::vector<PartSyntax> parts{part};
    readRange(fields.find("elements"), &PartSyntax::elements, parts);
    readRange(fields.find("rows"), &PartSyntax::rows, parts);
    readRange(fields.find("columns"), &PartSyntax::columns, parts);
    fields.finish();
    return parts;
  }

  void readShape(YamlFields &fields, PartSyntax &part) {
    const YamlEntry *shape = fields.find("shape");
    const YamlEntry *axes = fields.find("axes");
    for (const YamlEntry *list : {shape, axes}) {
      if (list && (list->value.kind != YamlNode::Kind::Sequence || list->value.items.empty() ||
                   list->value.items.size() > mostRecipeRank)) {
        diagnostics.error(list->value.at, "expected a list of 1 to " + std::to_string(mostRecipeRank) +
                                              " numbers for '" + list->key + "', found " + describe(list->value));
        return;
      }
    }
    if (axes && !shape) {
      diagnostics.error(axes->at, "expected 'shape', the tensor's extents, beside 'axes'");
    }
    for (const YamlNode &item : shape ? shape->value.items : std::vector<YamlNode>()) {
      part.shape.push_back(readExtent(item, "'shape'"));
    }
    for (const YamlNode &item : axes ? axes->value.items : std::vector<YamlNode>()) {
      const auto axis = intOf(item, "'axes'", 0, static_cast<int64_t>(mostRecipeRank) - 1, diagnostics);
      part.axes.push_back(static_cast<int32_t>(axis.value_or(0)));
    }
  }

  /// `first`, `last`, `2 of 3`, `[FROM, TO]`, or a list of shares, which makes a part of each.
  void readRange(const YamlEntry *entry, RangeSyntax PartSyntax::*range, std::vector<PartSyntax> &parts) {
    if (!entry) {
      return;
    }
    const YamlNode &node = entry->value;
    if (node.kind == YamlNode::Kind::Scalar && (node.text == "first" || node.text == "last")) {
      const auto kind = node.text == "first" ? TensorRange::Kind::First : TensorRange::Kind::Last;
      setRange(parts, range, {node.at, kind, {}, {}});
    } else if (const auto share = asShare(node)) {
      setRange(parts, range, *share);
    } else if (node.kind == YamlNode::Kind::Sequence && !node.items.empty() && asShare(node.items.front())) {
      readShares(node, range, parts);
    } else if (node.kind == YamlNode::Kind::Sequence && node.items.size() == 2) {
      RangeSyntax span{node.at, TensorRange::Kind::Span, readExtent(node.items[0], "'" + entry->key + "'"), {}};
      span.to = isEnd(node.items[1]) ? Scalar{node.items[1].at, "", TensorRange::wholeRest}
                                     : readExtent(node.items[1], "'" + entry->key + "'");
      setRange(parts, range, span);
    } else {
      diagnostics.error(node.at, "expected `first`, `last`, `2 of 3`, [FROM, TO] or a list of shares for '" +
                                     entry->key + "', found " + describe(node));
    }
  }

  void readShares(const YamlNode &node, RangeSyntax PartSyntax::*range, std::vector<PartSyntax> &parts) {
    if (node.items.size() > mostRecipeBlocks || parts.size() > 1) {
      diagnostics.error(node.at,
                        "expected one list of at most " + std::to_string(mostRecipeBlocks) + " shares for " + what);
      return;
    }
    const PartSyntax pattern = parts.front();
    parts.clear();
    for (const YamlNode &item : node.items) {
      const auto share = asShare(item);
      if (!share) {
        diagnostics.error(item.at, "expected a share, as `2 of 3`, found " + describe(item));
      }
      parts.push_back(pattern);
      parts.back().*range = share.value_or(RangeSyntax{});
    }
  }

  static void setRange(std::vector<PartSyntax> &parts, RangeSyntax PartSyntax::*range, const RangeSyntax &value) {
    for (PartSyntax &part : parts) {
      part.*range = value;
    }
  }

  /// A count of rows or columns: an integer, or a param that is one.
  Scalar readExtent(const YamlNode &node, const std::string &name) {
    Scalar scalar = readScalar(node, name, syntax, diagnostics);
    const ParamSyntax *param = syntax.param(scalar.param);
    const Attribute &value = param ? param->value : scalar.literal;
    const auto *whole = std::get_if<int64_t>(&value);
    if (!whole || *whole < 0 || *whole > mostExtent) {
      diagnostics.error(node.at, "expected an integer from 0 for " + name + ", found " + describe(node));
      scalar = {node.at, "", int64_t{0}};
    }
    return scalar;
  }

  const std::string &what;
  const ModelSyntax &syntax;
  Diagnostics &diagnostics;
};

} // namespace

std::vector<std::vector<PartSyntax>> readRecipe(const YamlNode &node, const std::string &what,
                                                const ModelSyntax &syntax, Diagnostics &diagnostics) {
  std::vector<std::vector<PartSyntax>> blocks;
  RecipeReader(what, syntax, diagnostics).read(node, blocks);
  return blocks;
}

} // namespace clew
