// A small state machine over JSON events: `place` says what may come next, and everything else ends the parse.
#include "runtime/weights/SafeTensorsJson.h"

#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace clew {
namespace {

using Json = nlohmann::json;

/// Receives the header's events. Every method returns false at the first thing that the format forbids, with
/// `problem` set.
class HeaderEvents : public nlohmann::json_sax<Json> {
public:
  std::vector<SafeTensorsEntry> entries;
  SafeTensorsMetadata metadata;
  std::string problem;

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool number_integer(number_integer_t value) override {
    return unexpected(fmt::format("the negative number {}", value));
  }
  bool number_float(number_float_t, const string_t &text) override {
    return unexpected(fmt::format("the number {}", text.substr(0, 40)));
  }
  bool binary(binary_t &) override { return unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (place != Place::Shape && place != Place::Offsets) {
      return unexpected(fmt::format("the number {}", value));
    }
    std::vector<int64_t> &list = place == Place::Shape ? *entries.back().shape : *entries.back().offsets;
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return reject(fmt::format("{}: the number {} is too large", context(), value));
    }
    if (list.size() == (place == Place::Shape ? maxSafeTensorsRank : 2)) {
      return reject(fmt::format("{}: expected at most {} numbers", context(), list.size()));
    }
    list.push_back(static_cast<int64_t>(value));
    return true;
  }

  bool string(string_t &value) override {
    if (place == Place::Metadata) {
      metadata[currentKey] = std::move(value);
      return true;
    }
    if (place != Place::Type) {
      return unexpected("a string");
    }
    entries.back().type = storedTypeNamed(value);
    if (!entries.back().type) {
      return reject(fmt::format("{}: expected an element type such as F32, found {}", context(), quoteName(value)));
    }
    place = Place::Entry;
    return true;
  }

  bool start_object(size_t) override {
    if (place == Place::Outside) {
      place = Place::Top;
      return true;
    }
    if (place == Place::TopValue) {
      place = inMetadata ? Place::Metadata : Place::Entry;
      return true;
    }
    return unexpected("an object");
  }

  bool end_object() override {
    if (place == Place::Entry) {
      const SafeTensorsEntry &entry = entries.back();
      if (!entry.type || !entry.shape || !entry.offsets) {
        return reject(fmt::format("tensor {}: expected dtype, shape and data_offsets, found no {}",
                                  quoteName(entry.name),
                                  !entry.type    ? "dtype"
                                  : !entry.shape ? "shape"
                                                 : "data_offsets"));
      }
    }
    place = place == Place::Top ? Place::Outside : Place::Top;
    return true;
  }

  bool key(string_t &name) override {
    currentKey = name;
    if (place == Place::Top) {
      return topKey(name);
    }
    if (place == Place::Metadata) {
      return !metadata.contains(name) || reject(fmt::format("__metadata__: duplicate key {}", quoteName(name)));
    }
    return entryKey(name);
  }

  bool start_array(size_t) override {
    if (place == Place::ShapeStart) {
      entries.back().shape.emplace();
      place = Place::Shape;
      return true;
    }
    if (place == Place::OffsetsStart) {
      entries.back().offsets.emplace();
      place = Place::Offsets;
      return true;
    }
    return unexpected("a list");
  }

  bool end_array() override {
    if (place == Place::Offsets && entries.back().offsets->size() != 2) {
      return reject(fmt::format("{}: expected two numbers", context()));
    }
    place = Place::Entry;
    return true;
  }

  bool parse_error(size_t position, const std::string &, const nlohmann::detail::exception &error) override {
    return reject(fmt::format("expected valid JSON in UTF-8, found an error at byte {} of the header: {}", position,
                              quoteName(error.what())));
  }

private:
  /// What may come next. TopValue, Type, ShapeStart and OffsetsStart wait for the value of a key.
  enum class Place { Outside, Top, TopValue, Metadata, Entry, Type, ShapeStart, Shape, OffsetsStart, Offsets };

  bool reject(std::string message) {
    problem = std::move(message);
    return false;
  }

  std::string context() const {
    if (place == Place::Metadata || (place == Place::TopValue && inMetadata)) {
      return "__metadata__";
    }
    if (place == Place::Outside || place == Place::Top || entries.empty()) {
      return "header";
    }
    return fmt::format("tensor {}{}{}", quoteName(entries.back().name), place == Place::TopValue ? "" : ", ",
                       place == Place::TopValue ? "" : currentKey);
  }

  bool unexpected(std::string_view found) {
    std::string_view expected = "an object";
    if (place == Place::Metadata || place == Place::Type) {
      expected = "a string";
    } else if (place == Place::ShapeStart || place == Place::OffsetsStart) {
      expected = "a list of integers";
    } else if (place == Place::Shape || place == Place::Offsets) {
      expected = "a non-negative integer";
    }
    return reject(fmt::format("{}: expected {}, found {}", context(), expected, found));
  }

  bool topKey(const std::string &name) {
    place = Place::TopValue;
    inMetadata = name == "__metadata__";
    if (!names.insert(name).second) {
      return reject(fmt::format("expected each name once, found {} twice", quoteName(name)));
    }
    if (inMetadata) {
      return true;
    }
    if (entries.size() == maxSafeTensors) {
      return reject(fmt::format("expected at most {} tensors", maxSafeTensors));
    }
    entries.push_back({name, {}, {}, {}});
    return true;
  }

  bool entryKey(const std::string &name) {
    SafeTensorsEntry &entry = entries.back();
    bool seen = false;
    if (name == "dtype") {
      place = Place::Type;
      seen = entry.type.has_value();
    } else if (name == "shape") {
      place = Place::ShapeStart;
      seen = entry.shape.has_value();
    } else if (name == "data_offsets") {
      place = Place::OffsetsStart;
      seen = entry.offsets.has_value();
    } else {
      return reject(fmt::format("tensor {}: expected dtype, shape and data_offsets, found the key {}",
                                quoteName(entry.name), quoteName(name)));
    }
    return !seen || reject(fmt::format("tensor {}: duplicate key {}", quoteName(entry.name), name));
  }

  Place place = Place::Outside;
  bool inMetadata = false;
  std::string currentKey;
  std::set<std::string, std::less<>> names;
};

} // namespace

Result<SafeTensorsEntries> readSafeTensorsJson(std::string_view text, const std::string &where) {
  HeaderEvents events;
  if (!Json::sax_parse(text.begin(), text.end(), &events)) {
    return fail(ErrorKind::BadInput, events.problem, where);
  }
  return SafeTensorsEntries{std::move(events.entries), std::move(events.metadata)};
}

} // namespace clew
