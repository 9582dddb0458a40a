// Objects to rows: a kind's fields, each of its type.
#include "suites/data/PlainRow.h"

#include "suites/data/Layouts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>

namespace clew {
namespace {

using nlohmann::json;

/// The texts of one field.
Result<std::vector<std::string>> textsOf(const json &value, const RowField &field) {
  const auto wanted = [&](std::string_view what) {
    return fail(ErrorKind::BadInput, fmt::format("\"{}\": expected {}", field.name, what));
  };
  if (field.type == FieldType::Number) {
    const std::string digits = value.is_number_integer() ? value.dump() : "";
    return isWholeNumber(digits) ? Result<std::vector<std::string>>(std::vector{digits})
                                 : wanted("a whole number from 0");
  }
  if (value.is_string()) {
    return std::vector{value.get<std::string>()};
  }
  if (field.type == FieldType::Text) {
    return wanted("a text");
  }
  const bool texts = value.is_array() && !value.empty() &&
                     std::ranges::all_of(value, [](const json &item) { return item.is_string(); });
  return texts ? Result<std::vector<std::string>>(value.get<std::vector<std::string>>()) : wanted("a list of texts");
}

} // namespace

std::vector<std::string> plainKeys(const TaskKind &kind) {
  std::vector<std::string> keys;
  for (const RowField &field : kind.fields) {
    keys.emplace_back(field.name);
  }
  return keys;
}

bool hasPlainKeys(const json &object, const std::vector<std::string> &keys) {
  return object.is_object() && std::ranges::all_of(keys, [&](const std::string &key) { return object.contains(key); });
}

bool isPlainRow(const json &object, const std::vector<std::string> &keys) {
  return hasPlainKeys(object, keys) && object.size() == keys.size() + (object.contains("id") ? 1 : 0);
}

Result<Row> plainRow(const json &object, const TaskKind &kind, int64_t number) {
  const std::vector<std::string> keys = plainKeys(kind);
  if (!hasPlainKeys(object, keys)) {
    return fail(ErrorKind::BadInput, fmt::format("expected a JSON object with \"{}\"", fmt::join(keys, "\" and \"")));
  }
  Row row;
  row.id = number;
  if (const auto id = object.find("id"); id != object.end()) {
    if (id->is_number_integer()) {
      row.id = id->get<int64_t>();
    } else if (id->is_string()) {
      row.id = id->get<std::string>();
    } else {
      return fail(ErrorKind::BadInput, "\"id\": expected a whole number or a text");
    }
  }
  for (const RowField &field : kind.fields) {
    Result<std::vector<std::string>> texts = textsOf(object[std::string(field.name)], field);
    if (!texts) {
      return fail(texts);
    }
    addField(kind, std::move(*texts), row);
  }
  const Result<void> right = kind.checkRow(row);
  return right ? Result<Row>(std::move(row)) : fail(right);
}

nlohmann::ordered_json plainObject(const Row &row, const TaskKind &kind) {
  nlohmann::ordered_json object;
  for (size_t i = 0; i < kind.fields.size(); ++i) {
    nlohmann::ordered_json &value = object[std::string(kind.fields[i].name)];
    switch (kind.fields[i].type) {
    case FieldType::Text:
      value = row.fields[i];
      break;
    case FieldType::List:
      value = row.lists[i];
      break;
    case FieldType::Number:
      value = std::strtoll(row.fields[i].c_str(), nullptr, 10); // it is digits, and few enough
      break;
    }
  }
  return object;
}

} // namespace clew
