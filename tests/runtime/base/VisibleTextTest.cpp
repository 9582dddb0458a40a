// Every character that hides or reorders others is written out; what people see stays.
#include "runtime/base/VisibleText.h"

#include "runtime/base/Result.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace clew;

namespace {

std::string utf8(uint32_t point) {
  if (point < 0x80) {
    return {static_cast<char>(point)};
  }
  if (point < 0x800) {
    return {static_cast<char>(0xc0 | point >> 6), static_cast<char>(0x80 | (point & 0x3f))};
  }
  return {static_cast<char>(0xe0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3f)),
          static_cast<char>(0x80 | (point & 0x3f))};
}

} // namespace

TEST_CASE("bidirectional controls and their kin are written out") {
  for (const uint32_t point : {0x061cu, 0x200bu, 0x200cu, 0x200du, 0x200eu, 0x200fu, 0x2028u, 0x2029u, 0x202au, 0x202bu,
                               0x202cu, 0x202du, 0x202eu, 0x2060u, 0x2066u, 0x2067u, 0x2068u, 0x2069u, 0xfeffu, 0x0au,
                               0x1bu,   0x07u,   0x08u,   0x0du,   0x7fu,   0x85u,   0x9bu,   0xadu}) {
    CHECK(visibleText("a" + utf8(point) + "b") == fmt::format("a\\u{{{:04X}}}b", point));
  }
}

TEST_CASE("what people see stays, and so do bytes that are no UTF-8") {
  for (const std::string text : {"", "plain\ttext", "\u4e2d\u6587", "caf\u00e9", "\u0645\u0631\u062d\u0628\u0627",
                                 "\U0001f600", "\xff\xfe", "\xe2\x80", "\xe2", "\u2027\u202f\u2070"}) {
    CHECK(visibleText(text) == text);
  }
}

TEST_CASE("errors are rendered visibly") {
  CHECK(Error{ErrorKind::BadInput, "unknown 'a\u202eb'", "x\u2066.yaml"}.render() ==
        "x\\u{2066}.yaml: error: unknown 'a\\u{202E}b'");
}
