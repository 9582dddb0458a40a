// Rows of JSON files in CLUENER's form: a text, and its entities by type, string and place.
#include "runtime/base/Excerpt.h"
#include "suites/data/JsonObjects.h"
#include "suites/data/TextFile.h"

#include <algorithm>
#include <tuple>

namespace clew {
namespace {

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

Result<LayoutRows> readEntityRows(const LayoutInput &input) {
  LayoutRows out;
  out.before = input.before;
  const Result<void> all = eachObject(input, [&](const JsonNode &object) -> Result<void> {
    Row row;
    row.line = object.line;
    Result<std::vector<std::string>> texts = textsOf(input, object, "text", FieldType::Text);
    if (!texts) {
      return fail(texts);
    }
    addField(*input.task.kind, std::move(*texts), row);
    if (input.labelled) {
      auto &entities = row.gold.emplace<std::vector<Entity>>();
      if (const Result<void> read = readEntities(input, object, row.fields.front(), entities); !read) {
        return read;
      }
    }
    if (const Result<void> id = takeId(input, object, "id", out.number(), row); !id) {
      return id;
    }
    out.add(std::move(row), true);
    return {};
  });
  return all ? Result<LayoutRows>(std::move(out)) : fail(all);
}

} // namespace clew
