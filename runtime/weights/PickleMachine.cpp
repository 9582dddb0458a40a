// Every operation checks what it takes before it takes it.
#include "runtime/weights/PickleMachine.h"

#include "runtime/weights/StoredType.h"

#include <algorithm>
#include <fmt/format.h>

namespace clew {

bool PickleMachine::reject(std::string why) {
  problem = std::move(why);
  return false;
}

bool PickleMachine::countOperation() {
  return ++operations <= mostPickleOperations ||
         reject(fmt::format("expected at most {} operations, found more", mostPickleOperations));
}

bool PickleMachine::needs(size_t count) {
  return available() >= count || reject(fmt::format("expected {} values on the stack, found {}", count, available()));
}

bool PickleMachine::pushValue(PickleValue value) {
  stack.push_back(value);
  return true;
}

bool PickleMachine::push(PickleKind kind, int64_t integer, std::string_view text) {
  return pushValue({kind, 0, integer, text});
}

bool PickleMachine::pop() {
  if (!needs(1)) {
    return false;
  }
  stack.pop_back();
  return true;
}

bool PickleMachine::mark() {
  marks.push_back(stack.size());
  return true;
}

PickleValue PickleMachine::take() {
  const PickleValue value = stack.back();
  stack.pop_back();
  return value;
}

std::vector<PickleValue> PickleMachine::takeLast(size_t count) {
  std::vector<PickleValue> items(stack.end() - static_cast<ptrdiff_t>(count), stack.end());
  stack.resize(stack.size() - count);
  return items;
}

bool PickleMachine::takeMarked(std::vector<PickleValue> &items) {
  if (marks.empty()) {
    return reject("expected a mark on the stack, found none");
  }
  items = takeLast(stack.size() - marks.back());
  marks.pop_back();
  return true;
}

bool PickleMachine::pushNode(PickleKind kind, std::vector<PickleValue> items) {
  const auto index = static_cast<uint32_t>(pickle.nodes.size());
  pickle.nodes.push_back(std::move(items));
  return pushValue({kind, index, 0, {}});
}

bool PickleMachine::collect(PickleKind kind, size_t count) { return needs(count) && pushNode(kind, takeLast(count)); }

bool PickleMachine::collectMarked(PickleKind kind) {
  std::vector<PickleValue> items;
  return takeMarked(items) && pushNode(kind, std::move(items));
}

bool PickleMachine::addTo(PickleKind kind, std::span<const PickleValue> items) {
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

bool PickleMachine::append(PickleKind kind, size_t count) { return needs(count + 1) && addTo(kind, takeLast(count)); }

bool PickleMachine::appendMarked(PickleKind kind) {
  std::vector<PickleValue> items;
  return takeMarked(items) && addTo(kind, items);
}

bool PickleMachine::pushGlobal(std::string_view module, std::string_view name) {
  const auto found = std::ranges::find_if(
      allowed, [&](const PickleGlobal &global) { return global.module == module && global.name == name; });
  if (found == allowed.end()) {
    return reject(fmt::format("expected only names that tensors need, found the global {}",
                              quoteName(std::string(module) + "." + std::string(name))));
  }
  return pushValue({PickleKind::Global, static_cast<uint32_t>(found - allowed.begin()), 0, {}});
}

bool PickleMachine::pushStackGlobal() {
  if (!needs(2)) {
    return false;
  }
  const PickleValue name = take();
  const PickleValue module = take();
  return name.kind == PickleKind::Text && module.kind == PickleKind::Text
             ? pushGlobal(module.text, name.text)
             : reject("expected a module and a name as texts, found " + describe(module) + " and " + describe(name));
}

bool PickleMachine::reduce() {
  if (!needs(2)) {
    return false;
  }
  const PickleValue arguments = take();
  const PickleValue function = take();
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
  case PickleUse::Built:
    break;
  }
  return pushNode(PickleKind::Call, {function, arguments});
}

/// Python 3 makes an empty dictionary and sets its items; Python 2 gives them as a list of pairs.
bool PickleMachine::pushDict(const PickleGlobal &global, const std::vector<PickleValue> &arguments) {
  std::vector<PickleValue> items;
  bool good = arguments.size() <= 1;
  if (good && !arguments.empty()) {
    good = arguments[0].kind == PickleKind::List;
    for (const PickleValue &pair : good ? pickle.itemsOf(arguments[0]) : std::span<const PickleValue>()) {
      good =
          good && (pair.kind == PickleKind::List || pair.kind == PickleKind::Tuple) && pickle.itemsOf(pair).size() == 2;
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
  pushNode(PickleKind::Dict, std::move(items));
  stack.back().integer = 1; // takes attributes
  return true;
}

bool PickleMachine::build() {
  if (!needs(2)) {
    return false;
  }
  const PickleValue state = take();
  if (stack.back().kind == PickleKind::Call) {
    std::vector<PickleValue> &call = pickle.nodes[stack.back().index];
    if (allowed[call[0].index].use == PickleUse::Built && call.size() == 2) {
      call.push_back(state);
      return true;
    }
  }
  const bool allowedHere = stack.back().kind == PickleKind::Dict && stack.back().integer == 1;
  return (allowedHere && state.kind == PickleKind::Dict) ||
         reject(fmt::format("expected attributes only of an OrderedDict, found {} set on {}", describe(state),
                            describe(stack.back())));
}

bool PickleMachine::persist() {
  if (!needs(1)) {
    return false;
  }
  const auto index = static_cast<uint32_t>(pickle.persistent.size());
  pickle.persistent.push_back(take());
  return pushValue({PickleKind::Persistent, index, 0, {}});
}

bool PickleMachine::put(size_t index) {
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

bool PickleMachine::get(size_t index) {
  if (index >= memo.size() || !memo[index]) {
    return reject(fmt::format("expected the number of a value in the memo, found {}", index));
  }
  return pushValue(*memo[index]);
}

std::optional<Pickle> PickleMachine::finish() {
  if (!marks.empty() || stack.size() != 1) {
    reject(fmt::format("expected one value at the end, found {} and {} marks", stack.size(), marks.size()));
    return std::nullopt;
  }
  pickle.top = stack.back();
  return std::move(pickle);
}

} // namespace clew
