// The home of what ICU knows of characters (Pattern.cpp has its regular expressions). See CodePoints.h for the versions; exceptions listed here are code points whose category changed since.
#include "runtime/text/CodePoints.h"

#include <array>
#include <span>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>

namespace clew {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// Letters whose lower case is younger than Unicode 15: c's is c + shift.
struct LowerRun {
  char32_t first;
  char32_t last;
  int32_t shift;
};

constexpr std::array<Range, 8> Ideographs = {{{0x4E00, 0x9FFF},
                                              {0x3400, 0x4DBF},
                                              {0x20000, 0x2A6DF},
                                              {0x2A700, 0x2B73F},
                                              {0x2B740, 0x2B81F},
                                              {0x2B920, 0x2CEAF},
                                              {0xF900, 0xFAFF},
                                              {0x2F800, 0x2FA1F}}};
constexpr std::array<LowerRun, 10> YoungLowerCase = {{{0x1C89, 0x1C89, 1},
                                                      {0xA7CB, 0xA7CB, 0x264 - 0xA7CB},
                                                      {0xA7CC, 0xA7CC, 1},
                                                      {0xA7CE, 0xA7CE, 1},
                                                      {0xA7D2, 0xA7D2, 1},
                                                      {0xA7D4, 0xA7D4, 1},
                                                      {0xA7DA, 0xA7DA, 1},
                                                      {0xA7DC, 0xA7DC, 0x19B - 0xA7DC},
                                                      {0x10D50, 0x10D65, 32},
                                                      {0x16EA0, 0x16EB8, 27}}};

/// Letters and numbers of Unicode 15.1 and 16.0.
constexpr std::array<Range, 22> YoungLetters = {
    {{0x1C89, 0x1C8A},   {0xA7CB, 0xA7CD},   {0xA7DA, 0xA7DC},   {0x105C0, 0x105F3}, {0x10D4A, 0x10D65},
     {0x10D6F, 0x10D85}, {0x10EC2, 0x10EC4}, {0x11380, 0x11389}, {0x1138B, 0x1138B}, {0x1138E, 0x1138E},
     {0x11390, 0x113B5}, {0x113B7, 0x113B7}, {0x113D1, 0x113D1}, {0x113D3, 0x113D3}, {0x11BC0, 0x11BE0},
     {0x13460, 0x143FA}, {0x16100, 0x1611D}, {0x16D40, 0x16D6C}, {0x18CFF, 0x18CFF}, {0x1E5D0, 0x1E5ED},
     {0x1E5F0, 0x1E5F0}, {0x2EBF0, 0x2EE5D}}};
constexpr std::array<Range, 7> YoungNumbers = {{{0x10D40, 0x10D49},
                                                {0x116D0, 0x116E3},
                                                {0x11BF0, 0x11BF9},
                                                {0x16130, 0x16139},
                                                {0x16D70, 0x16D79},
                                                {0x1CCF0, 0x1CCF9},
                                                {0x1E5F1, 0x1E5FA}}};

template <typename Ranges> bool isIn(const Ranges &ranges, char32_t c) {
  for (const Range &range : ranges) {
    if (c >= range.first && c <= range.last) {
      return true;
    }
  }
  return false;
}

/// When the code point came, as 16 * major + minor; 0 if it is none that this ICU knows.
int age(char32_t c) {
  UVersionInfo version;
  u_charAge(static_cast<UChar32>(c), version);
  return version[0] * 16 + version[1];
}

/// The category in Unicode 8.0, as bits of ICU's masks.
uint32_t category(char32_t c) {
  constexpr int Unicode8 = 8 * 16;
  switch (c) {
  case 0x166D:  // CANADIAN SYLLABICS CHI SIGN, now So
  case 0x111C9: // SHARADA SANDHI MARK, now Mn
    return U_GC_PO_MASK;
  case 0x1734:  // HANUNOO SIGN PAMUDPOD, now Mc
  case 0x1171E: // AHOM CONSONANT SIGN MEDIAL RA, Mc from Unicode 16.0 on
    return U_GC_MN_MASK;
  case 0x1885: // MONGOLIAN LETTER ALI GALI BALUDA and THREE BALUDA, now Mn
  case 0x1886:
    return U_GC_LO_MASK;
  case 0xA9BD: // JAVANESE CONSONANT SIGN KERET, now Mn
    return U_GC_MC_MASK;
  default:
    int came = age(c);
    return came == 0 || came > Unicode8 ? U_GC_CN_MASK : U_GET_GC_MASK(static_cast<UChar32>(c));
  }
}

/// Decompositions and combining classes stop at Unicode 9.0.
bool isOldEnoughToDecompose(char32_t c) {
  constexpr int Unicode9 = 9 * 16;
  return age(c) <= Unicode9;
}

const UNormalizer2 *canonical() {
  UErrorCode status = U_ZERO_ERROR;
  static const UNormalizer2 *instance = unorm2_getNFDInstance(&status);
  return instance;
}

const UNormalizer2 *compatible() {
  UErrorCode status = U_ZERO_ERROR;
  static const UNormalizer2 *instance = unorm2_getNFKDInstance(&status);
  return instance;
}

const UNormalizer2 *composed() {
  UErrorCode status = U_ZERO_ERROR;
  static const UNormalizer2 *instance = unorm2_getNFCInstance(&status);
  return instance;
}

/// Whether the category is one of `mask`'s, for code points of Unicode 15.0 and older.
bool isOldWith(char32_t c, uint32_t mask) {
  constexpr int Unicode15 = 15 * 16;
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & mask) != 0 && age(c) <= Unicode15;
}

std::u32string decomposedBy(const UNormalizer2 *form, char32_t c) {
  std::array<UChar, 64> units; // the longest of all has 18
  UErrorCode status = U_ZERO_ERROR;
  int32_t length = -1;
  if (c >= 0xA0 && isOldEnoughToDecompose(c)) {
    length = unorm2_getDecomposition(form, static_cast<UChar32>(c), units.data(), units.size(), &status);
  }
  if (length < 0 || U_FAILURE(status)) {
    return {c};
  }
  std::u32string result;
  for (int32_t i = 0; i < length;) {
    UChar32 next;
    U16_NEXT(units.data(), i, length, next);
    result.push_back(static_cast<char32_t>(next));
  }
  return result;
}

} // namespace

bool isSpace(char32_t c) {
  return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool isRemovedByCleaning(char32_t c) {
  if (c == 0 || c == 0xFFFD) {
    return true;
  }
  return c != '\t' && c != '\n' && c != '\r' && (category(c) & (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK)) != 0;
}

bool isPunctuation(char32_t c) {
  if (c < 0x80) {
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
  }
  return (category(c) & U_GC_P_MASK) != 0;
}

bool isAccent(char32_t c) { return c >= 0x300 && (category(c) & U_GC_MN_MASK) != 0; }

bool isIdeograph(char32_t c) { return isIn(Ideographs, c); }

bool isWordCharacter(char32_t c) {
  const auto code = static_cast<UChar32>(c);
  constexpr uint32_t Others = U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  return u_hasBinaryProperty(code, UCHAR_ALPHABETIC) || u_hasBinaryProperty(code, UCHAR_JOIN_CONTROL) ||
         (U_GET_GC_MASK(code) & Others) != 0;
}

ClusterBreak clusterBreak(char32_t c) {
  const auto code = static_cast<UChar32>(c);
  switch (u_getIntPropertyValue(code, UCHAR_GRAPHEME_CLUSTER_BREAK)) {
  case U_GCB_CONTROL:
    return ClusterBreak::Control;
  case U_GCB_CR:
    return ClusterBreak::Return;
  case U_GCB_LF:
    return ClusterBreak::LineFeed;
  case U_GCB_EXTEND:
    return ClusterBreak::Extend;
  case U_GCB_ZWJ:
    return ClusterBreak::Joiner;
  case U_GCB_SPACING_MARK:
    return ClusterBreak::Spacing;
  case U_GCB_PREPEND:
    return ClusterBreak::Prepend;
  case U_GCB_REGIONAL_INDICATOR:
    return ClusterBreak::Flag;
  case U_GCB_L:
    return ClusterBreak::HangulL;
  case U_GCB_V:
    return ClusterBreak::HangulV;
  case U_GCB_T:
    return ClusterBreak::HangulT;
  case U_GCB_LV:
    return ClusterBreak::HangulLV;
  case U_GCB_LVT:
    return ClusterBreak::HangulLVT;
  default:
    return u_hasBinaryProperty(code, UCHAR_EXTENDED_PICTOGRAPHIC) ? ClusterBreak::Picture : ClusterBreak::Other;
  }
}

int combiningClass(char32_t c) {
  return c >= 0x300 && isOldEnoughToDecompose(c) ? unorm2_getCombiningClass(canonical(), static_cast<UChar32>(c)) : 0;
}

std::u32string decompose(char32_t c) { return decomposedBy(canonical(), c); }
std::u32string decomposeCompatibly(char32_t c) { return decomposedBy(compatible(), c); }

char32_t compose(char32_t first, char32_t second) {
  const UChar32 one = unorm2_composePair(composed(), static_cast<UChar32>(first), static_cast<UChar32>(second));
  return one >= 0 && isOldEnoughToDecompose(static_cast<char32_t>(one)) ? static_cast<char32_t>(one) : 0;
}

bool isLetter(char32_t c) { return isOldWith(c, U_GC_L_MASK) || isIn(YoungLetters, c); }
bool isNumber(char32_t c) { return isOldWith(c, U_GC_N_MASK) || isIn(YoungNumbers, c); }

bool isMark(char32_t c) {
  constexpr int Unicode9 = 9 * 16;
  if (c == 0x1CF2 || c == 0x1CF3) { // VEDIC SIGN ARDHAVISARGA and its rotated form, now letters
    return true;
  }
  const bool isNow = (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_M_MASK) != 0;
  return isNow && age(c) <= Unicode9 && c != 0x111C9; // punctuation in 9.0
}

std::u32string lowerCase(char32_t c) {
  constexpr int Unicode15 = 15 * 16;
  if (c == 0x130) {
    return {U'i', 0x307};
  }
  for (const LowerRun &run : YoungLowerCase) {
    if (c >= run.first && c <= run.last) {
      return {static_cast<char32_t>(static_cast<int32_t>(c) + run.shift)};
    }
  }
  return {age(c) <= Unicode15 ? static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))) : c};
}

void visitRemarkable(const std::function<void(char32_t)> &visit) {
  u_enumCharTypes(
      [](const void *context, UChar32 start, UChar32 limit, UCharCategory type) -> UBool {
        bool isPlain = type == U_UNASSIGNED || type == U_SURROGATE;
        for (UChar32 c = start; !isPlain && c < limit; c++) {
          (*static_cast<const std::function<void(char32_t)> *>(context))(static_cast<char32_t>(c));
        }
        return true;
      },
      &visit);
  for (const Range &block : Ideographs) { // some are not assigned and yet are "Chinese"
    for (char32_t c = block.first; c <= block.last; c++) {
      visit(c);
    }
  }
  for (const LowerRun &run : YoungLowerCase) {
    for (char32_t c = run.first; c <= run.last; c++) {
      visit(c);
    }
  }
  for (const std::span<const Range> young :
       {std::span<const Range>(YoungLetters), std::span<const Range>(YoungNumbers)}) {
    for (const Range &run : young) {
      for (char32_t c = run.first; c <= run.last; c++) {
        visit(c);
      }
    }
  }
}

Result<void> checkUnicodeData() {
  UErrorCode status = U_ZERO_ERROR;
  unorm2_getNFDInstance(&status);
  unorm2_getNFKDInstance(&status);
  unorm2_getNFCInstance(&status);
  if (U_FAILURE(status)) {
    return fail(ErrorKind::Internal, std::string("ICU has no normalization data: ") + u_errorName(status));
  }
  return {};
}

} // namespace clew
