// Ptxas: NVIDIA's assembler, a program beside us where a toolkit is installed. It makes machine code of PTX ahead of time and says what a
// kernel takes; nothing needs it, drivers make machine code themselves.
#pragma once

#include "runtime/base/Result.h"

#include <string>
#include <string_view>

namespace clew::compiler {

struct Assembled {
  std::string image; ///< a cubin
  std::string log;   ///< what `ptxas -v` says of each kernel: registers, spills, memory
};

/// `ptx` for `chip` ("sm_90"). Unavailable if there is no ptxas in PATH nor in /usr/local/cuda/bin; Unsupported, with its message, for what it
/// refuses; Io if files or processes fail.
Result<Assembled> assemblePtx(std::string_view ptx, std::string_view chip);

} // namespace clew::compiler
