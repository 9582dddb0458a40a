// Decodes a pickle's opcodes and their arguments (Lib/pickletools.py) for the machine that does what they say.
#include "runtime/weights/Pickle.h"

#include "runtime/weights/PickleMachine.h"
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
      : bytes(bytes.first(std::min(bytes.size(), mostPickleBytes))), machine(allowed) {}

  Result<Pickle> read(const std::string &where) {
    std::optional<Pickle> pickle;
    if (bytes.empty() || static_cast<PickleOpcode>(bytes[0]) != PickleOpcode::Proto) {
      machine.reject("expected a pickle of protocol 2 or newer");
    } else {
      bool stopped = false;
      while (step(stopped) && !stopped) {
      }
      pickle = stopped ? machine.finish() : std::nullopt;
    }
    if (!pickle) {
      return fail(ErrorKind::BadInput,
                  fmt::format("byte {} of the pickle: {}; nothing was executed", begin, machine.problem), where);
    }
    pickle->bytes = at;
    return std::move(*pickle);
  }

private:
  bool has(size_t count) {
    return count <= bytes.size() - at ||
           machine.reject(
               bytes.size() == mostPickleBytes
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
    return end == left.npos ? machine.reject("expected a name and the end of its line, found none: it is cut short")
                            : text(end, out) && has(1) && ++at;
  }

  bool step(bool &stopped) {
    begin = at;
    uint8_t code = 0;
    if (!number(code) || !machine.countOperation()) {
      return false;
    }
    const auto opcode = static_cast<PickleOpcode>(code);
    stopped = opcode == PickleOpcode::Stop;
    return stopped || run(opcode);
  }

  template <typename T> bool pushInteger() {
    T value = 0;
    return number(value) && machine.push(PickleKind::Integer, value);
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
      return machine.push(PickleKind::Integer, static_cast<int64_t>(bits));
    }
    return machine.push(kind, 0, content);
  }

  template <typename T> bool put() {
    T index = 0;
    return number(index) && machine.put(index);
  }

  template <typename T> bool get() {
    T index = 0;
    return number(index) && machine.get(index);
  }

  bool pushGlobal() {
    std::string_view module;
    std::string_view name;
    return line(module) && line(name) && machine.pushGlobal(module, name);
  }

  bool protocol() {
    uint8_t version = 0;
    if (!number(version)) {
      return false;
    }
    return (version >= oldestProtocol && version <= newestProtocol) ||
           machine.reject(fmt::format("expected protocol {} to {}, found {}", oldestProtocol, newestProtocol, version));
  }

  bool frame() {
    uint64_t length = 0;
    return number(length) && has(length);
  }

  bool run(PickleOpcode opcode) {
    switch (opcode) {
    case PickleOpcode::Proto:
      return protocol();
    case PickleOpcode::Frame:
      return frame();
    case PickleOpcode::Mark:
      return machine.mark();
    case PickleOpcode::Pop:
      return machine.pop();
    case PickleOpcode::Global:
      return pushGlobal();
    case PickleOpcode::StackGlobal:
      return machine.pushStackGlobal();
    case PickleOpcode::Reduce:
      return machine.reduce();
    case PickleOpcode::Build:
      return machine.build();
    case PickleOpcode::BinPersId:
      return machine.persist();
    case PickleOpcode::BinGet:
      return get<uint8_t>();
    case PickleOpcode::LongBinGet:
      return get<uint32_t>();
    case PickleOpcode::BinPut:
      return put<uint8_t>();
    case PickleOpcode::LongBinPut:
      return put<uint32_t>();
    case PickleOpcode::Memoize:
      return machine.putNext();
    default:
      return runScalar(opcode);
    }
  }

  bool runScalar(PickleOpcode opcode) {
    switch (opcode) {
    case PickleOpcode::None:
      return machine.push(PickleKind::None);
    case PickleOpcode::NewTrue:
      return machine.push(PickleKind::Bool, 1);
    case PickleOpcode::NewFalse:
      return machine.push(PickleKind::Bool, 0);
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
      return number(unused) && machine.push(PickleKind::Real);
    }
    case PickleOpcode::ShortBinString:
    case PickleOpcode::ShortBinUnicode:
      return pushText<uint8_t>(PickleKind::Text);
    case PickleOpcode::BinString:
    case PickleOpcode::BinUnicode:
      return pushText<uint32_t>(PickleKind::Text);
    case PickleOpcode::BinUnicode8:
      return pushText<uint64_t>(PickleKind::Text);
    case PickleOpcode::ShortBinBytes:
      return pushText<uint8_t>(PickleKind::Bytes);
    case PickleOpcode::BinBytes:
      return pushText<uint32_t>(PickleKind::Bytes);
    case PickleOpcode::BinBytes8:
      return pushText<uint64_t>(PickleKind::Bytes);
    default:
      return runContainer(opcode);
    }
  }

  bool runContainer(PickleOpcode opcode) {
    switch (opcode) {
    case PickleOpcode::EmptyTuple:
      return machine.collect(PickleKind::Tuple, 0);
    case PickleOpcode::Tuple1:
      return machine.collect(PickleKind::Tuple, 1);
    case PickleOpcode::Tuple2:
      return machine.collect(PickleKind::Tuple, 2);
    case PickleOpcode::Tuple3:
      return machine.collect(PickleKind::Tuple, 3);
    case PickleOpcode::Tuple:
      return machine.collectMarked(PickleKind::Tuple);
    case PickleOpcode::EmptyList:
      return machine.collect(PickleKind::List, 0);
    case PickleOpcode::Append:
      return machine.append(PickleKind::List, 1);
    case PickleOpcode::Appends:
      return machine.appendMarked(PickleKind::List);
    case PickleOpcode::EmptyDict:
      return machine.collect(PickleKind::Dict, 0);
    case PickleOpcode::SetItem:
      return machine.append(PickleKind::Dict, 2);
    case PickleOpcode::SetItems:
      return machine.appendMarked(PickleKind::Dict);
    default: {
      const auto code = static_cast<uint8_t>(opcode);
      return machine.reject(
          fmt::format("expected only opcodes that tensors need, found {} (0x{:02x})", pickleOpcodeName(code), code));
    }
    }
  }

  std::span<const std::byte> bytes;
  size_t at = 0;
  size_t begin = 0; ///< of the operation at hand
  PickleMachine machine;
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
  case PickleKind::Bytes:
    return fmt::format("{} bytes", value.text.size());
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
  return PickleReader(bytes, allowed).read(where);
}

} // namespace clew
