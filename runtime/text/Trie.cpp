// Builds the double array: depth first over the sorted keys, each node's children into the first gap that takes them all.
#include "runtime/text/Trie.h"

#include <algorithm>

namespace clew {

struct Trie::Builder {
  /// Entries first .. last-1 share `depth` bytes, which lead to `node`.
  struct Task {
    size_t first;
    size_t last;
    size_t depth;
    int32_t node;
  };

  const std::vector<Entry> &entries;
  std::vector<Cell> &cells;
  size_t used = 1; ///< no cell from here on is taken
  /// Leads from each cell, in steps that only grow longer, to the first free one from there on.
  std::vector<uint32_t> towardsFree{};
  std::vector<unsigned char> labels{};
  std::vector<size_t> starts{};

  void grow(size_t size) {
    if (cells.size() < size) {
      cells.resize(size + size / 2);
    }
    for (size_t i = towardsFree.size(); i < cells.size(); i++) {
      towardsFree.push_back(static_cast<uint32_t>(i));
    }
  }

  size_t firstFreeFrom(size_t at) {
    while (towardsFree[at] != at) {
      towardsFree[at] = towardsFree[towardsFree[at]];
      at = towardsFree[at];
    }
    return at;
  }

  void take(size_t cell, int32_t parent) {
    cells[cell].parent = parent;
    towardsFree[cell] = static_cast<uint32_t>(cell + 1);
    used = std::max(used, cell + 1);
  }

  /// A base at which no child's cell is taken. Several children do not look far back for a gap that takes them all: single ones
  /// fill the gaps that are left, and hostile keys cost no square of time.
  int32_t findBase() {
    size_t lookBack = labels.size() == 1 ? used : std::min<size_t>(used, 256);
    size_t at = std::max(used - lookBack, labels.front() + size_t(1));
    while (true) {
      grow(std::max(at, used) + 512);
      at = firstFreeFrom(at);
      size_t base = at - labels.front();
      auto isFree = [&](unsigned char label) { return cells[base + label].parent < 0; };
      if (std::ranges::all_of(labels, isFree)) {
        return static_cast<int32_t>(base);
      }
      at++;
    }
  }

  void place(const Task &task, std::vector<Task> &open) {
    size_t first = task.first;
    for (; first < task.last && entries[first].first.size() == task.depth; first++) {
      cells[task.node].value = entries[first].second;
    }
    labels.clear();
    starts.clear();
    for (size_t i = first; i < task.last; i++) {
      auto label = static_cast<unsigned char>(entries[i].first[task.depth]);
      if (labels.empty() || labels.back() != label) {
        labels.push_back(label);
        starts.push_back(i);
      }
    }
    if (labels.empty()) {
      return;
    }
    int32_t base = findBase();
    cells[task.node].base = base;
    starts.push_back(task.last);
    for (size_t i = 0; i < labels.size(); i++) {
      int32_t child = base + labels[i];
      take(static_cast<size_t>(child), task.node);
      open.push_back({starts[i], starts[i + 1], task.depth + 1, child});
    }
  }
};

Trie::Trie(std::vector<Entry> entries) {
  std::ranges::sort(entries);
  Builder builder{.entries = entries, .cells = cells};
  std::vector<Builder::Task> open = {{0, entries.size(), 0, 0}};
  while (!open.empty()) {
    Builder::Task task = open.back();
    open.pop_back();
    builder.place(task, open);
  }
  int32_t end = 1;
  for (const Cell &cell : cells) {
    end = std::max(end, cell.base + 256);
  }
  cells.resize(static_cast<size_t>(end));
  cells.shrink_to_fit();
}

int32_t Trie::find(std::string_view key) const {
  int32_t node = 0;
  for (char byte : key) {
    int32_t next = cells[node].base + static_cast<unsigned char>(byte);
    if (cells[next].parent != node) {
      return -1;
    }
    node = next;
  }
  return node == 0 ? -1 : cells[node].value;
}

} // namespace clew
