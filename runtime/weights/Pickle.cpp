// The stack machine of Lib/pickletools.py, less everything that makes a program of it. Each operation adds at most one value, so
// that memory is bounded by the number of operations.
#include "runtime/weights/Pickle.h"

#include "runtime/weights/PickleOpcodes.h"
#include "runtime/weights/StoredType.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <optional>

namespace clew {
namespace {

constexpr uint8_t oldestProtocol = 2;
constexpr uint8_t newestProtocol = 5;

class PickleReader {
public:
  PickleReader(std::span<const std::byte> bytes, std::span<const PickleGlobal> allowed)
      : bytes(bytes.first(std::min(bytes.size(), mostPickleBytes))), allowed(allowed) {}

  std::string problem; ///< why read() gave nothing
  size_t begin = 0;    ///< of the operation at hand

  std::optional<Pickle> read() {
    if (bytes.empty() || static_cast<PickleOpcode>(bytes[0]) != PickleOpcode::Proto) {
      reject("expected a pickle of protocol 2 or newer");
      return std::nullopt;
    }
    while (step()) {
    }
    if (!problem.empty()) {
      return std::nullopt;
    }
    pickle.bytes = at;
    return std::move(pickle);
  }

private:
  bool reject(std::string why) {
    problem = std::move(why);
    return false;
  }

  // Reading the pickle's bytes.

  bool has(size_t count) {
    return count <= bytes.size() - at ||
           reject(bytes.size() == mostPickleBytes
                      ? fmt::format("expected at most {} bytes, found more", mostPickleBytes)
                      : fmt::format("expected {} more bytes, found {}: it is cut short", count, bytes.size() - at));
  }

  template <typename T> bool number(T &value) {
    if (!has(sizeof(T))) {
      return false;
    }
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    at += sizeof(T);
    return true;
  }

  bool text(uint64_t length, std::string_view &out) {
    if (!has(length)) {
      return false;
    }
    out = {reinterpret_cast<const char *>(bytes.data() + at), length};
    at += length;
    return true;
  }

  /// Up to the end of the line, which is not part of it.
  bool line(std::string_view &out) {
    const std::string_view left(reinterpret_cast<const char *>(bytes.data() + at), bytes.size() - at);
    const size_t end = left.find('\n');
    return end == left.npos ? reject("expected a name and the end of its line, found none: it is cut short")
                            : text(end, out) && has(1) && ++at;
  }

  // The stack. Marks are kept beside it, so that no value below a mark is ever taken.

  size_t available() const { return stack.size() - (marks.empty() ? 0 : marks.back()); }

  bool needs(size_t count) {
    return available() >= count || reject(fmt::format("expected {} values on the stack, found {}", count, available()));
  }

  bool push(PickleValue value) {
    stack.push_back(value);
    return true;
  }

  PickleValue pop() {
    const PickleValue value = stack.back();
    stack.pop_back();
    return value;
  }

  PickleValue makeNode(PickleKind kind, std::vector<PickleValue> items) {
    PickleValue value;
    value.kind = kind;
    value.index = static_cast<uint32_t>(pickle.nodes.size());
    pickle.nodes.push_back(std::move(items));
    return value;
  }

  std::vector<PickleValue> popLast(size_t count) {
    std::vector<PickleValue> items(stack.end() - static_cast<ptrdiff_t>(count), stack.end());
    stack.resize(stack.size() - count);
    return items;
  }

  bool popToMark(std::vector<PickleValue> &items) {
    if (marks.empty()) {
      return reject("expected a mark on the stack, found none");
    }
    items = popLast(stack.size() - marks.back());
    marks.pop_back();
    return true;
  }

  bool pushNode(PickleKind kind, size_t count) { return needs(count) && push(makeNode(kind, popLast(count))); }

  /// Adds to the list or dictionary that is the last value now.
  bool addTo(PickleKind kind, std::span<const PickleValue> items) {
    if (!needs(1)) {
      return false;
    }
    if (stack.back().kind != kind) {
      return reject(fmt::format("expected {} to add to, found {}", kind == PickleKind::List ? "a list" : "a dictionary",
                                describe(stack.back())));
    }
    if (kind == PickleKind::Dict && items.size() % 2 != 0) {
      return reject("expected keys with values, found a key alone");
    }
    std::vector<PickleValue> &own = pickle.nodes[stack.back().index];
    own.insert(own.end(), items.begin(), items.end());
    return true;
  }

  bool addLast(PickleKind kind, size_t count) { return needs(count + 1) && addTo(kind, popLast(count)); }

  bool addMarked(PickleKind kind) {
    std::vector<PickleValue> items;
    return popToMark(items) && addTo(kind, items);
  }

  // Values.

  bool pushKind(PickleKind kind, int64_t integer = 0, std::string_view content = {}) {
    PickleValue value;
    value.kind = kind;
    value.integer = integer;
    value.text = content;
    return push(value);
  }

  template <typename T> bool pushInteger() {
    T value = 0;
    return number(value) && pushKind(PickleKind::Integer, value);
  }

  template <typename Length> bool pushText(PickleKind kind) {
    Length length = 0;
    std::string_view content;
    if (!number(length) || !text(length, content)) {
      return false;
    }
    if (kind == PickleKind::Long && content.size() <= sizeof(int64_t)) {
      uint64_t bits = !content.empty() && (content.back() & 0x80) != 0 ? ~uint64_t{0} : 0; // the sign, extended
      std::memcpy(&bits, content.data(), content.size());
      return pushKind(PickleKind::Integer, static_cast<int64_t>(bits));
    }
    return pushKind(kind, 0, content);
  }

  // What a program would be made of.

  bool pushGlobal(std::string_view module, std::string_view name) {
    const auto found = std::ranges::find_if(
        allowed, [&](const PickleGlobal &global) { return global.module == module && global.name == name; });
    if (found == allowed.end()) {
      return reject(fmt::format("expected only names that tensors need, found the global {}",
                                quoteName(std::string(module) + "." + std::string(name))));
    }
    PickleValue value;
    value.kind = PickleKind::Global;
    value.index = static_cast<uint32_t>(found - allowed.begin());
    return push(value);
  }

  bool pushStackGlobal() {
    if (!needs(2)) {
      return false;
    }
    const PickleValue name = pop();
    const PickleValue module = pop();
    return name.kind == PickleKind::Text && module.kind == PickleKind::Text
               ? pushGlobal(module.text, name.text)
               : reject("expected a module and a name as texts, found " + describe(module) + " and " + describe(name));
  }

  bool reduce() {
    if (!needs(2)) {
      return false;
    }
    const PickleValue arguments = pop();
    const PickleValue function = pop();
    if (function.kind != PickleKind::Global || arguments.kind != PickleKind::Tuple) {
      return reject(fmt::format("expected a call of a name with a tuple, found {} and {}", describe(function),
                                describe(arguments)));
    }
    const PickleGlobal &global = allowed[function.index];
    switch (global.use) {
    case PickleUse::Named:
      return reject(fmt::format("expected no call of '{}.{}', found one", global.module, global.name));
    case PickleUse::MakesDict:
      return pushDict(global, pickle.nodes[arguments.index]);
    case PickleUse::Called:
      break;
    }
    return push(makeNode(PickleKind::Call, {function, arguments}));
  }

  /// Python 3 makes an empty dictionary and sets its items; Python 2 gives them as a list of pairs.
  bool pushDict(const PickleGlobal &global, const std::vector<PickleValue> &arguments) {
    std::vector<PickleValue> items;
    bool good = arguments.size() <= 1;
    if (good && !arguments.empty()) {
      good = arguments[0].kind == PickleKind::List;
      for (const PickleValue &pair : good ? pickle.itemsOf(arguments[0]) : std::span<const PickleValue>()) {
        good = good && (pair.kind == PickleKind::List || pair.kind == PickleKind::Tuple) &&
               pickle.itemsOf(pair).size() == 2;
        if (good) {
          items.insert(items.end(), pickle.itemsOf(pair).begin(), pickle.itemsOf(pair).end());
        }
      }
      operations += items.size(); // a long list may be named again and again
    }
    if (!good) {
      return reject(
          fmt::format("expected a call of '{}.{}' with nothing or a list of pairs", global.module, global.name));
    }
    PickleValue dict = makeNode(PickleKind::Dict, std::move(items));
    dict.integer = 1; // takes attributes
    return push(dict);
  }

  bool build() {
    if (!needs(2)) {
      return false;
    }
    const PickleValue state = pop();
    const bool allowedHere = stack.back().kind == PickleKind::Dict && stack.back().integer == 1;
    return (allowedHere && state.kind == PickleKind::Dict) ||
           reject(fmt::format("expected attributes only of an OrderedDict, found {} set on {}", describe(state),
                              describe(stack.back())));
  }

  bool persist() {
    if (!needs(1)) {
      return false;
    }
    PickleValue value;
    value.kind = PickleKind::Persistent;
    value.index = static_cast<uint32_t>(pickle.persistent.size());
    pickle.persistent.push_back(pop());
    return push(value);
  }

  // The memo: values by number, for whoever names them again.

  template <typename T> bool put() {
    T index = 0;
    return number(index) && putAt(index);
  }

  bool putAt(size_t index) {
    if (!needs(1)) {
      return false;
    }
    if (index > operations) { // numbers count up from 0 or 1
      return reject(fmt::format("expected memo numbers in order, found {}", index));
    }
    memo.resize(std::max(memo.size(), index + 1));
    memo[index] = stack.back();
    return true;
  }

  template <typename T> bool get() {
    T index = 0;
    if (!number(index)) {
      return false;
    }
    if (index >= memo.size() || !memo[index]) {
      return reject(fmt::format("expected the number of a value in the memo, found {}", index));
    }
    return push(*memo[index]);
  }

  bool protocol() {
    uint8_t version = 0;
    if (!number(version)) {
      return false;
    }
    return (version >= oldestProtocol && version <= newestProtocol) ||
           reject(fmt::format("expected protocol {} to {}, found {}", oldestProtocol, newestProtocol, version));
  }

  bool frame() {
    uint64_t length = 0;
    return number(length) && has(length);
  }

  /// One operation. False at the end of the pickle, and where `problem` says why.
  bool step() {
    begin = at;
    uint8_t code = 0;
    if (!number(code)) {
      return false;
    }
    if (++operations > mostPickleOperations) {
      return reject(fmt::format("expected at most {} operations, found more", mostPickleOperations));
    }
    const auto opcode = static_cast<PickleOpcode>(code);
    return opcode == PickleOpcode::Stop ? stop() : run(opcode);
  }

  /// False either way: it is the end.
  bool stop() {
    if (marks.empty() && stack.size() == 1) {
      pickle.top = stack.back();
      return false;
    }
    return reject(fmt::format("expected one value at the end, found {} and {} marks", stack.size(), marks.size()));
  }

  bool run(PickleOpcode opcode) {
    switch (opcode) {
    case PickleOpcode::Proto:
      return protocol();
    case PickleOpcode::Frame:
      return frame();
    case PickleOpcode::Mark:
      marks.push_back(stack.size());
      return true;
    case PickleOpcode::Pop:
      return needs(1) && (pop(), true);
    case PickleOpcode::Global: {
      std::string_view module;
      std::string_view name;
      return line(module) && line(name) && pushGlobal(module, name);
    }
    case PickleOpcode::StackGlobal:
      return pushStackGlobal();
    case PickleOpcode::Reduce:
      return reduce();
    case PickleOpcode::Build:
      return build();
    case PickleOpcode::BinPersId:
      return persist();
    case PickleOpcode::BinGet:
      return get<uint8_t>();
    case PickleOpcode::LongBinGet:
      return get<uint32_t>();
    case PickleOpcode::BinPut:
      return put<uint8_t>();
    case PickleOpcode::LongBinPut:
      return put<uint32_t>();
    case PickleOpcode::Memoize:
      return putAt(memo.size());
    default:
      return runScalar(opcode);
    }
  }

  bool runScalar(PickleOpcode opcode) {
    switch (opcode) {
    case PickleOpcode::None:
      return pushKind(PickleKind::None);
    case PickleOpcode::NewTrue:
      return pushKind(PickleKind::Bool, 1);
    case PickleOpcode::NewFalse:
      return pushKind(PickleKind::Bool, 0);
    case PickleOpcode::BinInt:
      return pushInteger<int32_t>();
    case PickleOpcode::BinInt1:
      return pushInteger<uint8_t>();
    case PickleOpcode::BinInt2:
      return pushInteger<uint16_t>();
    case PickleOpcode::Long1:
      return pushText<uint8_t>(PickleKind::Long);
    case PickleOpcode::BinFloat: {
      uint64_t unused = 0; // no tensor's value depends on one
      return number(unused) && pushKind(PickleKind::Real);
    }
    case PickleOpcode::ShortBinString:
    case PickleOpcode::ShortBinUnicode:
      return pushText<uint8_t>(PickleKind::Text);
    case PickleOpcode::BinString:
    case PickleOpcode::BinUnicode:
      return pushText<uint32_t>(PickleKind::Text);
    case PickleOpcode::BinUnicode8:
      return pushText<uint64_t>(PickleKind::Text);
    default:
      return runContainer(opcode);
    }
  }

  bool runContainer(PickleOpcode opcode) {
    switch (opcode) {
    case PickleOpcode::EmptyTuple:
      return pushNode(PickleKind::Tuple, 0);
    case PickleOpcode::Tuple1:
      return pushNode(PickleKind::Tuple, 1);
    case PickleOpcode::Tuple2:
      return pushNode(PickleKind::Tuple, 2);
    case PickleOpcode::Tuple3:
      return pushNode(PickleKind::Tuple, 3);
    case PickleOpcode::Tuple: {
      std::vector<PickleValue> items;
      return popToMark(items) && push(makeNode(PickleKind::Tuple, std::move(items)));
    }
    case PickleOpcode::EmptyList:
      return pushNode(PickleKind::List, 0);
    case PickleOpcode::Append:
      return addLast(PickleKind::List, 1);
    case PickleOpcode::Appends:
      return addMarked(PickleKind::List);
    case PickleOpcode::EmptyDict:
      return pushNode(PickleKind::Dict, 0);
    case PickleOpcode::SetItem:
      return addLast(PickleKind::Dict, 2);
    case PickleOpcode::SetItems:
      return addMarked(PickleKind::Dict);
    default: {
      const auto code = static_cast<uint8_t>(opcode);
      return reject(
          fmt::format("expected only opcodes that tensors need, found {} (0x{:02x})", pickleOpcodeName(code), code));
    }
    }
  }

  std::span<const std::byte> bytes;
  std::span<const PickleGlobal> allowed;
  size_t at = 0;
  size_t operations = 0;
  std::vector<PickleValue> stack;
  std::vector<size_t> marks;
  std::vector<std::optional<PickleValue>> memo;
  Pickle pickle;
};

} // namespace

std::string describe(const PickleValue &value) {
  switch (value.kind) {
  case PickleKind::None:
    return "None";
  case PickleKind::Bool:
    return value.integer != 0 ? "True" : "False";
  case PickleKind::Integer:
    return fmt::format("the number {}", value.integer);
  case PickleKind::Long:
    return "a number of more than 64 bits";
  case PickleKind::Real:
    return "a fraction";
  case PickleKind::Text:
    return "the text " + quoteName(value.text);
  case PickleKind::Global:
    return "a name of Python's";
  case PickleKind::Tuple:
    return "a tuple";
  case PickleKind::List:
    return "a list";
  case PickleKind::Dict:
    return "a dictionary";
  case PickleKind::Call:
    return "a call";
  case PickleKind::Persistent:
    return "a storage";
  }
  return "nothing";
}

Result<Pickle> readPickle(std::span<const std::byte> bytes, std::span<const PickleGlobal> allowed,
                          const std::string &where) {
  PickleReader reader(bytes, allowed);
  std::optional<Pickle> pickle = reader.read();
  if (!pickle) {
    return fail(ErrorKind::BadInput,
                fmt::format("byte {} of the pickle: {}; nothing was executed", reader.begin, reader.problem), where);
  }
  return std::move(*pickle);
}

} // namespace clew
