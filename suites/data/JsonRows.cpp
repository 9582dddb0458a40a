// Rows of JSON files that have an object a row: CLUE's classification and sentence-pair sets, and CLUENER.
#include "runtime/base/Excerpt.h"
#include "runtime/base/JsonTree.h"
#include "suites/data/Layouts.h"
#include "suites/data/TextFile.h"

#include <algorithm>
#include <functional>
#include <tuple>

namespace clew {
namespace {

using TakeObject = std::function<Result<void>(const JsonNode &)>;

Result<void> takeObject(const LayoutInput &input, const JsonNode &node, const TakeObject &take) {
  if (node.kind != JsonNode::Kind::Object) {
    return failAt(input, node.line, "expected an object, found " + describe(node));
  }
  return take(node);
}

/// Calls `take` with each object of a file: one a line, or the items of one array. BadInput for what is no object.
Result<void> eachObject(const LayoutInput &input, const TakeObject &take) {
  const size_t first = input.text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && input.text[first] == '[') {
    const Result<JsonNode> root = parseJsonTree(input.text, input.path);
    if (!root) {
      return fail(root);
    }
    for (const JsonNode &item : root->items) {
      if (const Result<void> taken = takeObject(input, item, take); !taken) {
        return taken;
      }
    }
    return {};
  }
  Lines lines(input.text);
  for (std::string_view line; lines.next(line);) {
    if (isBlank(line)) {
      if (input.text.find_last_not_of(" \t\r\n") < static_cast<size_t>(line.data() - input.text.data())) {
        return {};
      }
      return failAt(input, lines.number(), "expected a JSON object, found an empty line");
    }
    const Result<JsonNode> node = parseJsonTree(line, input.path, lines.number());
    if (!node) {
      return fail(node);
    }
    if (const Result<void> taken = takeObject(input, *node, take); !taken) {
      return taken;
    }
  }
  return {};
}

Result<void> takeId(const LayoutInput &input, const JsonNode &object, std::string_view key, int64_t number, Row &row) {
  const JsonNode *id = key.empty() ? nullptr : object.find(key);
  if (!id) {
    row.id = number;
  } else if (id->kind == JsonNode::Kind::Integer) {
    row.id = id->integer;
  } else if (id->kind == JsonNode::Kind::Text) {
    row.id = id->text;
  } else {
    return failAt(input, id->line,
                  "expected an integer or a text as '" + std::string(key) + "', found " + describe(*id));
  }
  return {};
}

/// A text, or a list of texts joined with single spaces.
Result<std::string> textOf(const LayoutInput &input, const JsonNode &object, const std::string &key) {
  const JsonNode *value = object.find(key);
  if (!value) {
    return failAt(input, object.line, "missing '" + key + "'");
  }
  if (value->kind == JsonNode::Kind::Text) {
    return value->text;
  }
  std::string joined;
  for (const JsonNode &item : value->items) {
    if (item.kind != JsonNode::Kind::Text) {
      return failAt(input, item.line, "expected texts in '" + key + "', found " + describe(item));
    }
    joined += (joined.empty() ? "" : " ") + item.text;
  }
  if (value->kind != JsonNode::Kind::Array || value->items.empty()) {
    return failAt(input, value->line, "expected a text as '" + key + "', found " + describe(*value));
  }
  return joined;
}

Result<bool> readRow(const LayoutInput &input, const JsonNode &object, Row &row) {
  const FileLayout &layout = input.layout;
  for (const std::string &key : layout.fields) {
    Result<std::string> text = textOf(input, object, key);
    if (!text) {
      return fail(text);
    }
    row.fields.push_back(std::move(*text));
  }
  if (!input.labelled) {
    return true;
  }
  const JsonNode *label = object.find(layout.label);
  if (!label) {
    return failAt(input, object.line, "missing '" + layout.label + "'");
  }
  const std::optional<std::string_view> text = label->scalar();
  if (!text) {
    return failAt(input, label->line, "expected a label, found " + describe(*label));
  }
  return takeGold(input, *text, label->line, row);
}

/// The text of a row whose entities are read, by code points.
struct PlacedText {
  std::string_view text;
  std::vector<size_t> offsets; ///< as codePointOffsets
};

/// The entities of one type: {surface: [[first, last], ...]}.
Result<void> readType(const LayoutInput &input, const std::string &type, const JsonNode &surfaces,
                      const PlacedText &placed, std::vector<Entity> &entities) {
  const std::vector<size_t> &offsets = placed.offsets;
  if (surfaces.kind != JsonNode::Kind::Object) {
    return failAt(input, surfaces.line,
                  "expected {text: [[first, last]]} under '" + type + "', found " + describe(surfaces));
  }
  for (const auto &[surface, spans] : surfaces.entries) {
    if (spans.kind != JsonNode::Kind::Array || spans.items.empty()) {
      return failAt(input, spans.line,
                    "expected the places of '" + excerpt(surface) + "', [[first, last], ...], found " +
                        describe(spans));
    }
    for (const JsonNode &span : spans.items) {
      const bool pair = span.kind == JsonNode::Kind::Array && span.items.size() == 2 &&
                        span.items[0].kind == JsonNode::Kind::Integer && span.items[1].kind == JsonNode::Kind::Integer;
      const int64_t begin = pair ? span.items[0].integer : -1;
      const int64_t last = pair ? span.items[1].integer : -1;
      if (begin < 0 || last < begin || last >= static_cast<int64_t>(offsets.size()) - 1) {
        return failAt(input, span.line,
                      "expected [first, last] inside the text of " + std::to_string(offsets.size() - 1) +
                          " characters for '" + excerpt(surface) + "'");
      }
      const size_t from = offsets[static_cast<size_t>(begin)];
      const std::string_view found = placed.text.substr(from, offsets[static_cast<size_t>(last) + 1] - from);
      if (found != surface) {
        return failAt(input, span.line,
                      "characters " + std::to_string(begin) + " to " + std::to_string(last) + " are '" +
                          excerpt(found) + "', not '" + excerpt(surface) + "'");
      }
      entities.push_back({type, static_cast<int32_t>(begin), static_cast<int32_t>(last + 1)});
    }
  }
  return {};
}

Result<void> readEntities(const LayoutInput &input, const JsonNode &object, std::string_view text,
                          std::vector<Entity> &entities) {
  const JsonNode *label = object.find("label");
  if (!label || label->kind != JsonNode::Kind::Object) {
    return failAt(input, label ? label->line : object.line,
                  "expected 'label' as {type: {text: [[first, last]]}}, found " + (label ? describe(*label) : "none"));
  }
  const PlacedText placed{text, codePointOffsets(text)};
  for (const auto &[type, surfaces] : label->entries) {
    const Result<std::optional<int32_t>> known = labelAt(input, type, surfaces.line);
    if (!known) {
      return fail(known);
    }
    if (!*known) {
      continue; // a type that the task skips
    }
    const std::string &meant = input.task.labels[static_cast<size_t>(**known)];
    if (const Result<void> read = readType(input, meant, surfaces, placed, entities); !read) {
      return read;
    }
  }
  std::ranges::sort(entities, {}, [](const Entity &e) { return std::tie(e.begin, e.end, e.type); });
  const auto twice = std::ranges::adjacent_find(entities);
  if (twice != entities.end()) {
    return failAt(input, object.line, "an entity of type '" + twice->type + "' stands there twice");
  }
  return {};
}

} // namespace

Result<LayoutRows> readJsonRows(const LayoutInput &input) {
  LayoutRows out;
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
    out.add(std::move(row), *kept);
    return {};
  });
  return all ? Result<LayoutRows>(std::move(out)) : fail(all);
}

Result<LayoutRows> readEntityRows(const LayoutInput &input) {
  LayoutRows out;
  const Result<void> all = eachObject(input, [&](const JsonNode &object) -> Result<void> {
    Row row;
    row.line = object.line;
    Result<std::string> text = textOf(input, object, "text");
    if (!text) {
      return fail(text);
    }
    if (input.labelled) {
      auto &entities = row.gold.emplace<std::vector<Entity>>();
      if (const Result<void> read = readEntities(input, object, *text, entities); !read) {
        return read;
      }
    }
    row.fields.push_back(std::move(*text));
    if (const Result<void> id = takeId(input, object, "id", out.number(), row); !id) {
      return id;
    }
    out.add(std::move(row), true);
    return {};
  });
  return all ? Result<LayoutRows>(std::move(out)) : fail(all);
}

} // namespace clew
