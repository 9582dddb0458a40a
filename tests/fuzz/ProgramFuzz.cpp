// Program files: a description and code, which the harness puts into a frame with the right lengths and checksum; or, from "CLEWPROG" on, a
// whole file whose checksum it repairs.
#include "runtime/base/Sha256.h"
#include "runtime/program/ProgramFile.h"
#include "runtime/program/ProgramJson.h"
#include "tests/fuzz/Harness.h"
#include "tests/fuzz/Tensors.h"
#include "tests/runtime/program/SmallProgram.h"

namespace clew::fuzz {
namespace {

constexpr std::string_view kMagic = "CLEWPROG";

std::string number(uint64_t value, size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) {
    bytes += static_cast<char>(value >> (8 * i));
  }
  return bytes;
}

/// Code is one piece, or none; whole files have more.
std::string framed(const std::string &description, const std::string &code) {
  const std::string pieces = number(1, 8) + number(code.size(), 8) + code;
  return std::string(kMagic) + number(kProgramFormat, 4) + number(1, 8) + "k" + number(description.size(), 8) +
         description + (code.empty() ? number(0, 8) : pieces);
}

/// The bytes of all pieces, one after the other.
std::string codeOf(const Program &program) {
  std::string all;
  for (const std::string *piece : piecesOf(program.code)) {
    all += *piece;
  }
  return all;
}

void run(std::string_view bytes) {
  std::map<std::string, std::string> parts = partsOf(bytes);
  std::string file = bytes.starts_with(kMagic) ? std::string(bytes) : framed(parts["json"], parts["code"]);
  file += sha256Of(std::string_view(file)).value_or("");
  const Result<Program> program = deserializeProgram(asBytes(file));
  if (!program) {
    expectRefusal(program.error(), "");
    return;
  }
  const Result<std::string> again = serializeProgram(*program, "k");
  expect(again.has_value(), "a program that can be written", again ? "" : again.error().render());
  expect(deserializeProgram(asBytes(*again), "k").has_value(), "the same again");
  expect(!deserializeProgram(asBytes(*again), "other"), "a program that is bound to its key");
  const Result<Program> read = deserializeProgram(asBytes(*again));
  const Result<std::string> a = programToJson(*program);
  const Result<std::string> b = read ? programToJson(*read) : fail(read);
  expect(a && b && *a == *b && codeOf(*read) == codeOf(*program), "the same again", b ? *b : b.error().render());
}

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (const Program &program : {test::smallProgram(), test::cpuProgram(), test::cudaProgram()}) {
    all.push_back(joined({{"json", *programToJson(program)}, {"code", codeOf(program)}}));
    std::string file = *serializeProgram(program, "key");
    file.resize(file.size() - 64);
    all.push_back(file);
  }
  return all;
}

const Harness harness("program", run, seeds);

} // namespace
} // namespace clew::fuzz
