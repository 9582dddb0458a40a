// Walks schema and value together.
#include "suites/records/JsonSchema.h"

#include <fmt/format.h>

#include <regex>

namespace clew {
namespace {

using Value = nlohmann::ordered_json;
using Schema = nlohmann::json;

bool isType(const Value &value, const std::string &type) {
  if (type == "integer") {
    return value.is_number_integer();
  }
  if (type == "number") {
    return value.is_number();
  }
  return type == value.type_name();
}

std::string shown(const Value &value) {
  std::string text = value.dump(-1, ' ', false, Value::error_handler_t::replace);
  if (text.size() > 60) {
    text.resize(57);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) {
      text.pop_back();
    }
    text += "...";
  }
  return text;
}

/// The number of code points.
size_t lengthOf(const std::string &text) {
  size_t count = 0;
  for (const char c : text) {
    count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  }
  return count;
}

class Checker {
public:
  Checker(const Schema &root, std::vector<std::string> &found) : root(root), found(found) {}

  void check(const Schema &schema, const Value &value, const std::string &path) {
    for (const auto &[keyword, rule] : schema.items()) {
      if (!checkKeyword(keyword, rule, schema, value, path)) {
        say(path, fmt::format("the schema uses '{}', which is not known here", keyword));
      }
    }
  }

private:
  void say(const std::string &path, const std::string &what) {
    found.push_back((path.empty() ? "/" : path) + ": " + what);
  }
  void expected(const std::string &path, const std::string &what, const Value &value) {
    say(path, fmt::format("expected {}, found {}", what, shown(value)));
  }

  bool checkKeyword(const std::string &keyword, const Schema &rule, const Schema &schema, const Value &value,
                    const std::string &path) {
    if (keyword == "$schema" || keyword == "title" || keyword == "description" || keyword == "$defs") {
      return true;
    }
    if (keyword == "$ref") {
      return follow(rule, value, path);
    }
    if (keyword == "type") {
      checkType(rule, value, path);
      return true;
    }
    if (keyword == "const" || keyword == "enum") {
      checkChoice(keyword == "const" ? Schema::array({rule}) : rule, value, path);
      return true;
    }
    return checkNumber(keyword, rule, value, path) || checkText(keyword, rule, schema, value, path) ||
           checkParts(keyword, rule, schema, value, path);
  }

  bool follow(const Schema &rule, const Value &value, const std::string &path) {
    const std::string target = rule.is_string() ? rule.get<std::string>() : "";
    if (!target.starts_with("#/$defs/") || !root.contains("$defs") || !root["$defs"].contains(target.substr(8))) {
      return false;
    }
    check(root["$defs"][target.substr(8)], value, path);
    return true;
  }

  void checkType(const Schema &rule, const Value &value, const std::string &path) {
    const Schema types = rule.is_array() ? rule : Schema::array({rule});
    std::string names;
    for (const Schema &type : types) {
      if (isType(value, type.get<std::string>())) {
        return;
      }
      names += (names.empty() ? "" : " or ") + type.get<std::string>();
    }
    expected(path, names, value);
  }

  void checkChoice(const Schema &choices, const Value &value, const std::string &path) {
    std::string names;
    for (const Schema &choice : choices) {
      if (choice == Schema(value)) {
        return;
      }
      names += (names.empty() ? "" : " or ") + choice.dump();
    }
    expected(path, names, value);
  }

  bool checkNumber(const std::string &keyword, const Schema &rule, const Value &value, const std::string &path) {
    if (keyword != "minimum" && keyword != "maximum") {
      return false;
    }
    const bool wrong = value.is_number() && (keyword == "minimum" ? value.get<double>() < rule.get<double>()
                                                                  : value.get<double>() > rule.get<double>());
    if (wrong) {
      expected(path, fmt::format("{} {}", keyword == "minimum" ? "at least" : "at most", rule.dump()), value);
    }
    return true;
  }

  bool checkText(const std::string &keyword, const Schema &rule, const Schema &schema, const Value &value,
                 const std::string &path) {
    if (keyword != "minLength" && keyword != "maxLength" && keyword != "pattern") {
      return false;
    }
    if (!value.is_string()) {
      return true;
    }
    const std::string text = value.get<std::string>();
    const size_t length = lengthOf(text);
    if (keyword == "pattern") {
      // The regex library recurses a level a character: a pattern never comes without maxLength.
      if (!schema.contains("maxLength")) {
        return false;
      }
      if (length <= schema["maxLength"].get<size_t>() &&
          !std::regex_search(text, std::regex(rule.get<std::string>()))) {
        expected(path, "a text like " + rule.get<std::string>(), value);
      }
    } else if (keyword == "minLength" ? length < rule.get<size_t>() : length > rule.get<size_t>()) {
      expected(path, fmt::format("{} {} characters", keyword == "minLength" ? "at least" : "at most", rule.dump()),
               value);
    }
    return true;
  }

  bool checkParts(const std::string &keyword, const Schema &rule, const Schema &schema, const Value &value,
                  const std::string &path) {
    if (keyword == "items" || keyword == "maxItems") {
      if (value.is_array() && keyword == "items") {
        for (size_t i = 0; i < value.size(); ++i) {
          check(rule, value[i], fmt::format("{}/{}", path, i));
        }
      } else if (value.is_array() && value.size() > rule.get<size_t>()) {
        say(path, fmt::format("expected at most {} items, found {}", rule.dump(), value.size()));
      }
      return true;
    }
    if (keyword == "required" && value.is_object()) {
      for (const Schema &name : rule) {
        if (!value.contains(name.get<std::string>())) {
          say(path, fmt::format("misses '{}'", name.get<std::string>()));
        }
      }
    } else if (keyword == "properties" && value.is_object()) {
      for (const auto &[name, part] : rule.items()) {
        if (value.contains(name)) {
          check(part, value[name], path + "/" + name);
        }
      }
    } else if (keyword == "additionalProperties" && value.is_object()) {
      checkOthers(rule, schema, value, path);
    }
    return keyword == "required" || keyword == "properties" || keyword == "additionalProperties";
  }

  void checkOthers(const Schema &rule, const Schema &schema, const Value &value, const std::string &path) {
    for (const auto &[name, part] : value.items()) {
      if (schema.contains("properties") && schema["properties"].contains(name)) {
        continue;
      }
      if (rule.is_boolean()) {
        if (!rule.get<bool>()) {
          say(path, fmt::format("has an unknown field '{}'", name));
        }
      } else {
        check(rule, part, path + "/" + name);
      }
    }
  }

  const Schema &root;
  std::vector<std::string> &found;
};

} // namespace

std::vector<std::string> schemaViolations(const Schema &schema, const Value &value) {
  std::vector<std::string> found;
  try {
    Checker(schema, found).check(schema, value, "");
  } catch (const std::exception &error) { // a schema with wrong types in it
    found.push_back(fmt::format("/: the schema is wrong: {}", error.what()));
  }
  return found;
}

} // namespace clew
