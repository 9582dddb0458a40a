// The only home of ICU. See CodePoints.h for the versions; exceptions listed here are code points whose category changed since.
#include "runtime/text/CodePoints.h"

#include <array>
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

bool isIdeograph(char32_t c) {
  for (const Range &block : Ideographs) {
    if (c >= block.first && c <= block.last) {
      return true;
    }
  }
  return false;
}

bool isWordCharacter(char32_t c) {
  const auto code = static_cast<UChar32>(c);
  constexpr uint32_t Others = U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  return u_hasBinaryProperty(code, UCHAR_ALPHABETIC) || u_hasBinaryProperty(code, UCHAR_JOIN_CONTROL) ||
         (U_GET_GC_MASK(code) & Others) != 0;
}

int combiningClass(char32_t c) {
  return c >= 0x300 && isOldEnoughToDecompose(c) ? unorm2_getCombiningClass(canonical(), static_cast<UChar32>(c)) : 0;
}

std::u32string decompose(char32_t c) {
  std::array<UChar, 32> units;
  UErrorCode status = U_ZERO_ERROR;
  int32_t length = -1;
  if (c >= 0xC0 && isOldEnoughToDecompose(c)) {
    length = unorm2_getDecomposition(canonical(), static_cast<UChar32>(c), units.data(), units.size(), &status);
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
}

Result<void> checkUnicodeData() {
  UErrorCode status = U_ZERO_ERROR;
  unorm2_getNFDInstance(&status);
  if (U_FAILURE(status)) {
    return fail(ErrorKind::Internal, std::string("ICU has no normalization data: ") + u_errorName(status));
  }
  return {};
}

} // namespace clew
