// Rows of JSON files that have an object a row: CLUE's classification and sentence-pair sets, and most others.
#include "suites/data/JsonObjects.h"

namespace clew {
namespace {

/// What stands for labels: texts, and numbers as they are written; true and false.
std::optional<std::string_view> cellOf(const JsonNode &node) {
  return node.kind == JsonNode::Kind::Bool ? std::optional<std::string_view>(node.integer != 0 ? "true" : "false")
                                           : node.scalar();
}

Result<bool> readGold(const LayoutInput &input, const JsonNode &object, Row &row) {
  const JsonNode *label = valueOf(object, input.layout.label);
  if (!label) {
    return failAt(input, object.line, "missing '" + input.layout.label + "'");
  }
  std::vector<std::string_view> cells;
  const bool list = label->kind == JsonNode::Kind::Array && input.task.kind->severalGold;
  for (const JsonNode &item : list ? std::span<const JsonNode>(label->items) : std::span(label, 1)) {
    const std::optional<std::string_view> cell = cellOf(item);
    if (!cell) {
      return failAt(input, item.line, "expected a label, found " + describe(item));
    }
    cells.push_back(*cell);
  }
  return takeGold(input, cells, label->line, row);
}

Result<bool> readRow(const LayoutInput &input, const JsonNode &object, Row &row) {
  const std::vector<RowField> &fields = input.task.kind->fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    Result<std::vector<std::string>> texts = textsOf(input, object, input.layout.fields[i], fields[i].type);
    if (!texts) {
      return fail(texts);
    }
    addField(*input.task.kind, std::move(*texts), row);
  }
  return input.labelled ? readGold(input, object, row) : true;
}

} // namespace

Result<LayoutRows> readJsonRows(const LayoutInput &input) {
  LayoutRows out;
  out.before = input.before;
  const Result<void> all = eachObject(input, [&](const JsonNode &object) -> Result<void> {
    Row row;
    row.line = object.line;
    const Result<bool> kept = readRow(input, object, row);
    if (!kept) {
      return fail(kept);
    }
    if (const Result<void> id = takeId(input, object, input.layout.id, out.number(), row); !id) {
      return id;
    }
    return takeRow(input, std::move(row), *kept, out);
  });
  return all ? Result<LayoutRows>(std::move(out)) : fail(all);
}

} // namespace clew
