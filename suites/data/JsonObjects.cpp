// See JsonObjects.h.
#include "suites/data/JsonObjects.h"

#include "suites/data/TextFile.h"

namespace clew {
namespace {

Result<void> takeObject(const LayoutInput &input, const JsonNode &node, TakeObject take) {
  if (node.kind != JsonNode::Kind::Object) {
    return failAt(input, node.line, "expected an object, found " + describe(node));
  }
  return take(node);
}

} // namespace

Result<void> eachObject(const LayoutInput &input, TakeObject take) {
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
  const JsonNode *id = key.empty() ? nullptr : valueOf(object, key);
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

const JsonNode *valueOf(const JsonNode &object, std::string_view key) {
  if (const JsonNode *own = object.find(key)) {
    return own;
  }
  const size_t dot = key.find('.');
  const JsonNode *inner = dot == std::string_view::npos ? nullptr : object.find(key.substr(0, dot));
  return inner ? valueOf(*inner, key.substr(dot + 1)) : nullptr;
}

Result<std::vector<std::string>> textsOf(const LayoutInput &input, const JsonNode &object, const std::string &key,
                                         FieldType type) {
  const JsonNode *value = valueOf(object, key);
  if (!value) {
    return failAt(input, object.line, "missing '" + key + "'");
  }
  const bool number = type == FieldType::Number;
  if (value->kind == (number ? JsonNode::Kind::Integer : JsonNode::Kind::Text) &&
      (!number || isWholeNumber(value->text))) {
    return std::vector{value->text};
  }
  std::vector<std::string> texts;
  for (const JsonNode &item : value->items) {
    if (item.kind != JsonNode::Kind::Text) {
      return failAt(input, item.line, "expected texts in '" + key + "', found " + describe(item));
    }
    texts.push_back(item.text);
  }
  if (number || value->kind != JsonNode::Kind::Array || texts.empty()) {
    const std::string wanted = number                    ? "a whole number from 0"
                               : type == FieldType::List ? "a list of texts"
                                                         : "a text";
    return failAt(input, value->line, "expected " + wanted + " as '" + key + "', found " + describe(*value));
  }
  return texts;
}

} // namespace clew
