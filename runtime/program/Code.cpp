// What is asked of payloads.
#include "runtime/program/Code.h"

#include <charconv>

namespace clew {

namespace {

template <typename Piece, typename AnyCode> std::vector<Piece *> collect(AnyCode &code) {
  if (auto *cpu = std::get_if<CpuCode>(&code)) {
    return {&cpu->object};
  }
  std::vector<Piece *> pieces;
  if (auto *cuda = std::get_if<CudaCode>(&code)) {
    pieces.push_back(&cuda->ptx);
    for (auto &cubin : cuda->cubins) {
      pieces.push_back(&cubin.image);
    }
    pieces.push_back(&cuda->emulation);
  }
  return pieces;
}

} // namespace

std::vector<const std::string *> piecesOf(const Code &code) { return collect<const std::string>(code); }

std::vector<std::string *> piecesOf(Code &code) { return collect<std::string>(code); }

size_t bytesOf(const Code &code) {
  size_t bytes = 0;
  for (const std::string *piece : piecesOf(code)) {
    bytes += piece->size();
  }
  return bytes;
}

int chipNumber(std::string_view chip) {
  constexpr std::string_view kPrefix = "sm_";
  if (!chip.starts_with(kPrefix)) {
    return -1;
  }
  const char *end = chip.data() + chip.size();
  int number = 0;
  const auto [last, error] = std::from_chars(chip.data() + kPrefix.size(), end, number);
  const std::string_view rest(last, end);
  const bool isNumber = error == std::errc() && number >= 10 && number < 1000;
  return isNumber && (rest.empty() || rest == "a" || rest == "f") ? number : -1;
}

} // namespace clew
