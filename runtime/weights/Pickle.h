// Pickle: what a Python pickle says, read as data. A pickle is a program for a small stack machine that may call any function of
// any module; PyTorch's checkpoints are pickles, and so are arrays that were saved with pickle itself. Here nothing is ever called: a call is kept as the function's name and its
// arguments, only names on the caller's list may appear, and an opcode that only programs need ends the reading.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// Bounds; a pickle beyond them is refused. An operation costs about a hundred bytes of memory, so all stay below half a gigabyte.
constexpr size_t mostPickleBytes = size_t{64} << 20;
constexpr size_t mostPickleOperations = 4'000'000;

enum class PickleKind : uint8_t {
  None,
  Bool,
  Integer,
  Long,
  Real,
  Text,
  Bytes,
  Global,
  Tuple,
  List,
  Dict,
  Call,
  Persistent
};

/// A value, small and copied freely; what it holds lies in its Pickle.
struct PickleValue {
  PickleKind kind = PickleKind::None;
  uint32_t index = 0;  ///< Global: in the caller's list; Tuple, List, Dict, Call: in nodes; Persistent: in persistent
  int64_t integer = 0; ///< Bool (0 or 1), Integer
  std::string_view
      text; ///< Text (not checked to be UTF-8); Bytes; Long (little endian, two's complement). Borrowed from the pickle
};

/// What a pickle may do with a name.
enum class PickleUse : uint8_t {
  Named,    ///< only mention it
  Called,   ///< call it: a PickleKind::Call
  Built,    ///< call it, and say once what the result holds
  MakesDict ///< call it for a dictionary, and set attributes of that, which are passed over
};

struct PickleGlobal {
  std::string_view module;
  std::string_view name;
  PickleUse use = PickleUse::Named;
};

/// Values may hold each other in circles, and one value may be held many times: walk to a fixed depth only.
struct Pickle {
  PickleValue top;
  std::vector<std::vector<PickleValue>>
      nodes;                           ///< Tuple, List: items; Dict: keys and values in turn; Call: name, tuple, and of
                                       ///< what was built its state
  std::vector<PickleValue> persistent; ///< ids of what lies outside of the pickle, in order
  size_t bytes = 0;                    ///< that the pickle takes

  std::span<const PickleValue> itemsOf(const PickleValue &value) const { return nodes[value.index]; }
};

/// "a dictionary", "the number 3": for messages.
std::string describe(const PickleValue &value);

/// Reads the pickle (protocols 2 to 5) at the beginning of `bytes`, which may hold more behind it. BadInput at `where` for every
/// opcode, name, call or attribute that is not allowed, for broken or cut pickles, and beyond the bounds; the message names the byte
/// and says that nothing was executed. `bytes` must outlive the Pickle.
Result<Pickle> readPickle(std::span<const std::byte> bytes, std::span<const PickleGlobal> allowed,
                          const std::string &where);

} // namespace clew
