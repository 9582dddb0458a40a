// JsonEvents: the one way in which JSON from outside is read: nlohmann's parser gives its events to a guard, and what the guard lets pass to
// whoever makes something of it. Included where something is made: JsonTree.cpp, JsonValue.cpp.
#pragma once

#include "runtime/base/JsonGuard.h"
#include "runtime/base/Result.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace clew {

/// Reads characters and counts lines into `line`, which all copies share.
struct CountingIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char *;
  using reference = const char &;

  const char *at = nullptr;
  int *line = nullptr;

  reference operator*() const { return *at; }
  CountingIterator &operator++() {
    *line += *at == '\n';
    ++at;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator &other) const { return at == other.at; }
};

/// Receives nlohmann's events. `Maker` has null(), boolean(bool), integer(int64_t), natural(uint64_t), real(double, const std::string &),
/// text(std::string &), open(bool object), close() and key(std::string &).
template <typename Maker> class JsonEvents {
public:
  JsonEvents(JsonGuard &guard, Maker &maker) : guard(guard), maker(maker) {}

  // NOLINTBEGIN(readability-identifier-naming): the names are those that nlohmann-json calls.
  bool null() {
    return counted([&] { maker.null(); });
  }
  bool boolean(bool value) {
    return counted([&] { maker.boolean(value); });
  }
  bool number_integer(int64_t value) {
    return counted([&] { maker.integer(value); });
  }
  bool number_unsigned(uint64_t value) {
    return counted([&] { maker.natural(value); });
  }
  bool number_float(double value, const std::string &text) {
    return counted([&] { maker.real(value, text); });
  }
  bool string(std::string &text) {
    return counted([&] { maker.text(text); });
  }
  bool binary(std::vector<uint8_t> &) { return guard.refuse("binary data"); }
  bool start_object(size_t) { return open(true); }
  bool start_array(size_t) { return open(false); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string &name) {
    if (!guard.key(name)) {
      return false;
    }
    maker.key(name);
    return true;
  }
  bool parse_error(size_t position, const std::string &token, const nlohmann::json::exception &error) {
    const std::string_view what = error.what();
    const bool ended = what.find("unexpected end of input") != std::string_view::npos || token.empty();
    return guard.malformed(position, ended || what.find("missing closing quote") != std::string_view::npos, what);
  }
  // NOLINTEND(readability-identifier-naming)

private:
  template <typename Make> bool counted(Make make) {
    const bool passes = guard.value();
    if (passes) {
      make();
    }
    return passes;
  }
  bool open(bool object) {
    const bool passes = guard.open();
    if (passes) {
      maker.open(object);
    }
    return passes;
  }
  bool close() {
    guard.close();
    maker.close();
    return true;
  }

  JsonGuard &guard;
  Maker &maker;
};

/// Reads one document, which begins on `line` of `path`, into `maker`; `line` counts on as it is read. BadInput with FILE:LINE.
template <typename Maker>
Result<void> readJson(std::string_view text, const std::string &path, int &line, Maker &maker) {
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1); // so that what is cut short is cut on its last line
  // The library takes a zero byte for the end of its input and would hide what follows.
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos) {
    const auto lines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(zero), '\n');
    return fail(ErrorKind::BadInput, "malformed JSON: a zero byte", path + ":" + std::to_string(line + lines));
  }
  JsonGuard guard(text, line);
  JsonEvents<Maker> events(guard, maker);
  const CountingIterator begin{text.data(), &line};
  const CountingIterator end{text.data() + text.size(), &line};
  if (!nlohmann::json::sax_parse(begin, end, &events)) {
    return fail(ErrorKind::BadInput, guard.problem.empty() ? "malformed JSON" : guard.problem,
                path + ":" + std::to_string(guard.problemLine ? guard.problemLine : line));
  }
  return {};
}

} // namespace clew
