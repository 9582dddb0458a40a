// From `clang -print-supported-cpus` and the macros of each.
#include "suites/records/CpuNames.h"

#include <algorithm>
#include <array>

namespace clew {
namespace {

constexpr auto kNarrow = std::to_array<std::string_view>(
    {"alderlake",    "arrowlake",  "arrowlake-s", "bdver4",    "broadwell",  "clearwaterforest", "core-avx2",
     "gracemont",    "grandridge", "haswell",     "lunarlake", "meteorlake", "pantherlake",      "raptorlake",
     "sierraforest", "skylake",    "wildcatlake", "x86-64-v3", "znver1",     "znver2",           "znver3"});
constexpr auto kWide = std::to_array<std::string_view>({"cannonlake",
                                                        "cascadelake",
                                                        "cooperlake",
                                                        "diamondrapids",
                                                        "emeraldrapids",
                                                        "graniterapids",
                                                        "graniterapids-d",
                                                        "icelake-client",
                                                        "icelake-server",
                                                        "knl",
                                                        "knm",
                                                        "novalake",
                                                        "rocketlake",
                                                        "sapphirerapids",
                                                        "skx",
                                                        "skylake-avx512",
                                                        "tigerlake",
                                                        "x86-64-v4",
                                                        "znver4",
                                                        "znver5"});

} // namespace

std::optional<std::string_view> vectorSetOf(std::string_view cpuName) {
  if (std::ranges::find(kWide, cpuName) != kWide.end()) {
    return "avx512f";
  }
  return std::ranges::find(kNarrow, cpuName) != kNarrow.end() ? std::optional<std::string_view>("avx2") : std::nullopt;
}

} // namespace clew
