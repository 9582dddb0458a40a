// See SplitBehavior.h.
#include "runtime/text/SplitBehavior.h"

#include <algorithm>

namespace clew {
namespace {

/// Each match goes to the part before it, unless that is a match, too.
void mergeWithPrevious(std::vector<SplitPart> &parts) {
  std::vector<SplitPart> out;
  bool wasMatch = false;
  for (const SplitPart &part : parts) {
    if (part.isMatch && !wasMatch && !out.empty()) {
      out.back().end = part.end;
    } else {
      out.push_back(part);
    }
    wasMatch = part.isMatch;
  }
  parts = std::move(out);
}

/// The same to the part behind it, from the end on.
void mergeWithNext(std::vector<SplitPart> &parts) {
  std::vector<SplitPart> out;
  bool wasMatch = false;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (part->isMatch && !wasMatch && !out.empty()) {
      out.back().begin = part->begin;
    } else {
      out.push_back(*part);
    }
    wasMatch = part->isMatch;
  }
  std::ranges::reverse(out);
  parts = std::move(out);
}

void joinEqual(std::vector<SplitPart> &parts) {
  size_t kept = 0;
  for (const SplitPart &part : parts) {
    if (kept > 0 && parts[kept - 1].isMatch == part.isMatch) {
      parts[kept - 1].end = part.end;
    } else {
      parts[kept++] = part;
    }
  }
  parts.resize(kept);
}

} // namespace

void joinParts(std::vector<SplitPart> &parts, SplitBehavior behavior) {
  switch (behavior) {
  case SplitBehavior::Removed:
    std::erase_if(parts, [](const SplitPart &part) { return part.isMatch; });
    return;
  case SplitBehavior::Isolated:
    return;
  case SplitBehavior::MergedWithPrevious:
    return mergeWithPrevious(parts);
  case SplitBehavior::MergedWithNext:
    return mergeWithNext(parts);
  case SplitBehavior::Contiguous:
    return joinEqual(parts);
  }
}

} // namespace clew
