// The table of kinds. A new one is its file in this folder, a line here, and a head in zoo/heads.
#include "suites/kinds/Kinds.h"

#include <array>

namespace clew {

std::span<const TaskKind *const> taskKinds() {
  static const std::array kAll = {&classifyKind(),  &pairKind(),       &tagKind(),      &tagCharactersKind(),
                                  &tagWordsKind(),  &spanKind(),       &keywordsKind(), &pronounKind(),
                                  &documentKind(),  &multiLabelKind(), &choiceKind(),   &clozeKind(),
                                  &regressionKind()};
  return kAll;
}

} // namespace clew
