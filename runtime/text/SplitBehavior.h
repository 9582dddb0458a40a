// What becomes of the parts that a pattern finds in a range, and of what stands between them: the behaviors of tokenizer.json's Split.
#pragma once

#include "runtime/text/Section.h"

#include <cstddef>
#include <vector>

namespace clew {

enum class SplitBehavior { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

/// Bytes begin..end-1 of a section; parts follow each other without a gap.
struct SplitPart {
  size_t begin;
  size_t end;
  bool isMatch;
};

/// Joins parts in place. Removed ones are gone.
void joinParts(std::vector<SplitPart> &parts, SplitBehavior behavior);

} // namespace clew
