// PaddleProgram: which parameters a program of PaddlePaddle's has (paddle/fluid/framework/framework.proto: ProgramDesc). A file that holds
// all of them has no names of its own: they lie in the order of their names, and the program beside it says those.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/weights/StoredType.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace clew {

struct PaddleVariable {
  std::string name;
  StoredType type = StoredType::F32;
  std::vector<int64_t> shape;
};

/// The variables that Paddle saves, sorted by name (paddle/static/io.py: save_vars): persistable tensors of any block. BadInput at `where` for
/// bytes that are no program, for two variables of one name, and for persistable variables that are saved and are no dense tensors.
Result<std::vector<PaddleVariable>> readPaddleProgram(std::span<const std::byte> program, const std::string &where);

} // namespace clew
