// PickleMachine: the stack, the marks and the memo of a pickle, and what its operations do to them. It has no operation that calls.
#pragma once

#include "runtime/weights/Pickle.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// Operations return false, with `problem` set, where the pickle may not do what it wants; nothing may be asked after that. Each adds
/// at most one value, so that memory is bounded by the number of operations.
class PickleMachine {
public:
  explicit PickleMachine(std::span<const PickleGlobal> allowed) : allowed(allowed) {}

  std::string problem;

  bool reject(std::string why);

  /// Before every operation. False when it is one too many.
  bool countOperation();

  bool push(PickleKind kind, int64_t integer = 0, std::string_view text = {});
  bool pop();
  bool mark();

  /// A tuple, list or dictionary of the last `count` values, or of those above the last mark.
  bool collect(PickleKind kind, size_t count);
  bool collectMarked(PickleKind kind);

  /// Adds values to the list or dictionary below them.
  bool append(PickleKind kind, size_t count);
  bool appendMarked(PickleKind kind);

  /// A name, if it is on the list; STACK_GLOBAL takes module and name from the stack.
  bool pushGlobal(std::string_view module, std::string_view name);
  bool pushStackGlobal();

  /// What in Python calls a function, sets attributes, and asks for what lies outside of the pickle.
  bool reduce();
  bool build();
  bool persist();

  /// The memo: values by number, for whoever names them again.
  bool put(size_t index);
  bool putNext() { return put(memo.size()); }
  bool get(size_t index);

  /// The end: what was read, if exactly one value is left.
  std::optional<Pickle> finish();

private:
  size_t available() const { return stack.size() - (marks.empty() ? 0 : marks.back()); }
  bool needs(size_t count);
  bool pushValue(PickleValue value);
  PickleValue take();
  std::vector<PickleValue> takeLast(size_t count);
  bool takeMarked(std::vector<PickleValue> &items);
  bool pushNode(PickleKind kind, std::vector<PickleValue> items);
  bool addTo(PickleKind kind, std::span<const PickleValue> items);
  bool pushDict(const PickleGlobal &global, const std::vector<PickleValue> &arguments);

  std::span<const PickleGlobal> allowed;
  size_t operations = 0;
  std::vector<PickleValue> stack;
  std::vector<size_t> marks; ///< beside the stack, so that no value below a mark is ever taken
  std::vector<std::optional<PickleValue>> memo;
  Pickle pickle;
};

} // namespace clew
