// Builds nlohmann's values from its events.
#include "runtime/base/JsonValue.h"

#include "runtime/base/JsonEvents.h"

namespace clew {
namespace {

template <typename Json> class ValueMaker {
public:
  Json root;

  void null() { place(nullptr); }
  void boolean(bool value) { place(value); }
  void integer(int64_t value) { place(value); }
  void natural(uint64_t value) { place(value); }
  void real(double value, const std::string & /*text*/) { place(value); }
  void text(std::string &value) { place(std::move(value)); }
  // A parent's children may move while it grows, but only when all of them are closed: pointers on the stack stay.
  void open(bool object) { stack.push_back(place(object ? Json::object() : Json::array())); }
  void close() { stack.pop_back(); }
  void key(std::string &name) { pending = std::move(name); }

private:
  template <typename Value> Json *place(Value &&value) {
    if (stack.empty()) {
      root = std::forward<Value>(value);
      return &root;
    }
    Json &parent = *stack.back();
    if (parent.is_array()) {
      return &parent.emplace_back(std::forward<Value>(value));
    }
    return add(parent.template get_ref<typename Json::object_t &>(), Json(std::forward<Value>(value)));
  }

  static Json *add(nlohmann::json::object_t &object, std::string &&key, Json &&value) {
    return &object.emplace(std::move(key), std::move(value)).first->second;
  }
  /// At the end at once: the guard has looked for the key, and ordered_map::emplace would look through all of them.
  static Json *add(nlohmann::ordered_json::object_t &object, std::string &&key, Json &&value) {
    using Pairs = nlohmann::ordered_json::object_t::Container;
    return &static_cast<Pairs &>(object).emplace_back(std::move(key), std::move(value)).second;
  }
  Json *add(typename Json::object_t &object, Json &&value) { return add(object, std::move(pending), std::move(value)); }

  std::vector<Json *> stack;
  std::string pending;
};

template <typename Json> Result<Json> parse(std::string_view text, const std::string &path, int line) {
  ValueMaker<Json> maker;
  const Result<void> read = readJson(text, path, line, maker);
  return read ? Result<Json>(std::move(maker.root)) : fail(read);
}

} // namespace

Result<nlohmann::json> parseJson(std::string_view text, const std::string &path, int line) {
  return parse<nlohmann::json>(text, path, line);
}

Result<nlohmann::ordered_json> parseOrderedJson(std::string_view text, const std::string &path, int line) {
  return parse<nlohmann::ordered_json>(text, path, line);
}

} // namespace clew
