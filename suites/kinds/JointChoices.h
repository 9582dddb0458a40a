// JointChoices: which choice goes into which blank, where blanks share the choices and none fits twice.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace clew {

/// `scores`: [blanks, choices], at least one of each. As CLUE's baseline decides for CHID: the greatest score of all is taken, its blank and
/// its choice are done with, and so on; of equals the lower choice, then the lower blank, goes first. Blanks that are left when there are no
/// choices any more get their own best choice.
void chooseJointly(std::span<const float> scores, size_t choices, std::vector<int32_t> &chosen);

} // namespace clew
