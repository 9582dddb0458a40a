// See Graphemes.h. The rules are GB3 to GB13; that on Indic conjuncts (GB9c), which only joins clusters of more than five bytes, is left out.
#include "runtime/text/Graphemes.h"

#include "runtime/text/CodePoints.h"

namespace clew {
namespace {

using Break = ClusterBreak;

/// Whether a Hangul syllable goes on.
bool isHangulPair(Break before, Break after) {
  if (before == Break::HangulL) {
    return after == Break::HangulL || after == Break::HangulV || after == Break::HangulLV || after == Break::HangulLVT;
  }
  if (before == Break::HangulLV || before == Break::HangulV) {
    return after == Break::HangulV || after == Break::HangulT;
  }
  return (before == Break::HangulLVT || before == Break::HangulT) && after == Break::HangulT;
}

bool isControl(Break kind) { return kind == Break::Control || kind == Break::Return || kind == Break::LineFeed; }

} // namespace

size_t graphemeEnd(std::span<const PlacedCharacter> text, size_t begin) {
  Break before = clusterBreak(text[begin].value);
  bool isPicture = before == Break::Picture; // a picture, and only extending characters since
  bool isJoined = false;                     // and then a joiner
  bool isFirstFlag = before == Break::Flag;
  for (size_t at = begin + 1; at < text.size(); at++) {
    if (text[at].value < 0x80 && text[at - 1].value < 0x80 && text[at].value != '\n') {
      return at;
    }
    const Break after = clusterBreak(text[at].value);
    if (before == Break::Return && after == Break::LineFeed) {
      return at + 1;
    }
    if (isControl(before) || isControl(after)) {
      return at;
    }
    const bool isFlagPair = isFirstFlag && after == Break::Flag;
    const bool goesOn = after == Break::Extend || after == Break::Joiner || after == Break::Spacing ||
                        before == Break::Prepend || isHangulPair(before, after) ||
                        (isJoined && after == Break::Picture) || isFlagPair;
    if (!goesOn) {
      return at;
    }
    isJoined = isPicture && after == Break::Joiner;
    isPicture = after == Break::Picture || (isPicture && after == Break::Extend);
    isFirstFlag = after == Break::Flag && !isFlagPair;
    before = after;
  }
  return text.size();
}

} // namespace clew
