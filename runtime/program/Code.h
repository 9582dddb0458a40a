// Code: what a target's backend loads to run a Program's generated kernels. Each target has a payload of its own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace clew {

/// Of the cpu target.
struct CpuCode {
  std::string cpu;                   ///< LLVM's name of the CPU it was generated for
  std::vector<std::string> features; ///< CPU features that the code needs, LLVM's names
  std::string object;                ///< an ELF relocatable object; empty if nothing was generated
};

/// Machine code of the kernels for one kind of chip, made of the PTX ahead of time.
struct Cubin {
  std::string chip;  ///< "sm_90"; runs on chips of the same major version that are no older
  std::string image; ///< ELF
};

/// Of the cuda target.
struct CudaCode {
  std::string chip;          ///< the oldest that the PTX runs on: "sm_80"
  std::string ptx;           ///< text; the driver makes machine code of it where no cubin fits
  std::vector<Cubin> cubins; ///< at most one a chip
  std::string emulation =
      {}; ///< an ELF relocatable object of the same kernels for this CPU, for tests without a GPU; else empty
};

/// Nothing: of the ref target, and of Programs that run their ops whole.
using Code = std::variant<std::monostate, CpuCode, CudaCode>;

/// Pieces of bytes in a fixed order, as program files store them: the object; or the PTX, the cubins' images and the emulation, which
/// may be empty. The description beside them says what they are.
std::vector<const std::string *> piecesOf(const Code &code);
std::vector<std::string *> piecesOf(Code &code);
/// Bytes of all of them.
size_t bytesOf(const Code &code);

/// The number in "sm_90" or "sm_90a": 90. -1 if it is no chip's name.
int chipNumber(std::string_view chip);

} // namespace clew
