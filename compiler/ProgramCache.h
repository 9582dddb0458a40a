// Where compiled Programs are kept between runs: ~/.cache/clew/programs, mode 0700, one file a Program, named by a hash of everything it
// was made from: the expanded model, the options, the CPU and its features, and this program's own bytes (so that a rebuilt compiler
// never meets an old Program).
#pragma once

#include "compiler/Compile.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace clew::compiler {

/// The hash that names a Program, as 64 hex digits.
Result<std::string> programKey(const Model &model, const CompileOptions &options);

/// The Program from the cache, or from `compile`, which then is kept. `identity` says all that it is made of but the options.
Result<Program> cachedProgram(const std::string &identity, const CompileOptions &options,
                              llvm::function_ref<Result<Program>()> compile);

/// The cache folder, made if it is missing. Unavailable if there is no home, or if others than the owner may write there: code is loaded
/// from these files.
Result<std::string> programCacheFolder();

} // namespace clew::compiler
