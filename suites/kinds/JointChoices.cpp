// See JointChoices.h.
#include "suites/kinds/JointChoices.h"

#include "suites/kinds/Decoding.h"

#include <algorithm>
#include <numeric>

namespace clew {

void chooseJointly(std::span<const float> scores, size_t choices, std::vector<int32_t> &chosen) {
  const size_t blanks = scores.size() / choices;
  std::vector<size_t> order(scores.size()); // choice by choice, each with all blanks
  std::iota(order.begin(), order.end(), size_t{0});
  const auto scoreOf = [&](size_t pair) { return scores[pair % blanks * choices + pair / blanks]; };
  std::ranges::sort(order,
                    [&](size_t a, size_t b) { return scoreOf(a) != scoreOf(b) ? scoreOf(a) > scoreOf(b) : a < b; });
  chosen.assign(blanks, -1);
  std::vector<bool> taken(choices, false);
  for (const size_t pair : order) {
    const size_t blank = pair % blanks;
    const size_t choice = pair / blanks;
    if (chosen[blank] < 0 && !taken[choice]) {
      chosen[blank] = static_cast<int32_t>(choice);
      taken[choice] = true;
    }
  }
  for (size_t blank = 0; blank < blanks; ++blank) {
    if (chosen[blank] < 0) {
      chosen[blank] = argmax(scores.subspan(blank * choices, choices));
    }
  }
}

} // namespace clew
