// Names of CPUs for which Clew can generate code, as LLVM has them. A list of our own, because what checks records links no LLVM.
#pragma once

#include <optional>
#include <string_view>

namespace clew {

/// "avx2" or "avx512f": the wider of them that LLVM 22 gives the CPU of this name. Nothing for a name that it does not have, or a CPU without
/// AVX2, for which there is no code.
std::optional<std::string_view> vectorSetOf(std::string_view cpuName);

} // namespace clew
