// ProgramFile: a Program as bytes, for the program cache and for artifacts that run without the compiler.
//
//   "CLEWPROG"            8 bytes
//   format version        u32, little endian
//   key length            u64, then that many bytes: what the Program was made from, in the program cache; none in artifacts
//   description length    u64, then that many bytes of JSON
//   pieces of code        u64, then for each a length, u64, and that many bytes (runtime/program/Code.h)
//   sha256 of all before  64 hex digits
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace clew {

/// Counts up whenever the layout or the meaning of a Program changes: files of other versions are refused.
inline constexpr uint32_t kProgramFormat = 11;

/// The bytes of a valid Program, bound to `key`. BadInput if it is not valid.
Result<std::string> serializeProgram(const Program &program, std::string_view key = {});

/// The Program in `bytes`, validated (runtime/program/Validate.h). BadInput if the file is cut, changed, of another version, or
/// describes what no compiler writes, or, unless `key` is empty, is bound to another key. The checksum finds damage, not malice: the code is
/// native and trusted like any other executable file.
Result<Program> deserializeProgram(std::span<const std::byte> bytes, std::string_view key = {});

/// The same from and to a file. Errors carry the path.
Result<Program> loadProgram(const std::string &path, std::string_view key = {});
Result<void> saveProgram(const Program &program, const std::string &path, std::string_view key = {});

} // namespace clew
