// Program files: what is written is read again, what is damaged is refused, and what is malformed never crashes.
#include "runtime/program/ProgramFile.h"

#include "runtime/base/Sha256.h"
#include "runtime/program/Describe.h"
#include "runtime/program/ProgramJson.h"
#include "tests/runtime/program/SmallProgram.h"

#include <doctest/doctest.h>

using namespace clew;
using namespace clew::test;

namespace {

std::string serialized(const Program &program) {
  auto bytes = serializeProgram(program);
  REQUIRE_MESSAGE(bytes.has_value(), bytes.error().render());
  return *bytes;
}

Result<Program> parse(std::string_view bytes) { return deserializeProgram(std::as_bytes(std::span(bytes))); }

/// Puts the right checksum under changed contents.
std::string resealed(std::string bytes) {
  bytes.resize(bytes.size() - 64);
  return bytes + *sha256Of(std::string_view(bytes));
}

} // namespace

TEST_CASE("a program file gives the same Program again") {
  for (const Program &program : {smallProgram(), cpuProgram(), cudaProgram()}) {
    const std::string bytes = serialized(program);
    const auto again = parse(bytes);
    REQUIRE_MESSAGE(again.has_value(), again.error().render());
    CHECK(describe(*again) == describe(program));
    const auto pieces = piecesOf(program.code);
    const auto same = piecesOf(std::as_const(again->code));
    REQUIRE(same.size() == pieces.size());
    for (size_t i = 0; i < pieces.size(); ++i) {
      CHECK(*same[i] == *pieces[i]);
    }
    REQUIRE(again->checkpoints.size() == program.checkpoints.size());
    for (size_t i = 0; i < program.checkpoints.size(); ++i) {
      const CheckpointNames &same = again->checkpoints[i];
      const CheckpointNames &names = program.checkpoints[i];
      CHECK(same.tensors == names.tensors);
      CHECK(same.form.endings == names.form.endings);
      CHECK(same.form.config.ignore == names.form.config.ignore);
      CHECK(same.form.config.files == names.form.config.files);
      REQUIRE(same.form.config.rules.size() == names.form.config.rules.size());
      for (size_t rule = 0; rule < names.form.config.rules.size(); ++rule) {
        CHECK(same.form.config.rules[rule].kind == names.form.config.rules[rule].kind);
        CHECK(same.form.config.rules[rule].accepted == names.form.config.rules[rule].accepted);
        CHECK(same.form.config.rules[rule].otherwise == names.form.config.rules[rule].otherwise);
      }
    }
    CHECK(serialized(*again) == bytes);
  }
}

TEST_CASE("a file with any byte changed is refused") {
  for (const Program &program : {smallProgram(), cpuProgram(), cudaProgram()}) {
    std::string bytes = serialized(program);
    for (size_t i = 0; i < bytes.size(); ++i) {
      const char kept = bytes[i];
      bytes[i] = static_cast<char>(kept ^ (1 << (i % 8)));
      CHECK_FALSE(parse(bytes).has_value());
      bytes[i] = kept;
    }
  }
}

TEST_CASE("a file cut off anywhere, or with more behind it, is refused") {
  for (const Program &program : {cpuProgram(), cudaProgram()}) {
    const std::string bytes = serialized(program);
    for (size_t size = 0; size < bytes.size(); ++size) {
      const auto cut = parse(std::string_view(bytes).substr(0, size));
      REQUIRE_FALSE(cut.has_value());
      CHECK(cut.error().kind == ErrorKind::BadInput);
    }
    CHECK_FALSE(parse(bytes + "x").has_value());
  }
}

TEST_CASE("changed bytes under a right checksum are refused, or give a Program that is valid") {
  for (const Program &program : {smallProgram(), cpuProgram(), cudaProgram()}) {
    const std::string bytes = serialized(program);
    size_t refused = 0;
    size_t taken = 0;
    for (size_t i = 0; i + 64 < bytes.size(); ++i) {
      for (char other : {'9', '-', '"', ']', '\0', static_cast<char>(bytes[i] ^ 1)}) {
        std::string changed = bytes;
        changed[i] = other;
        const auto parsed = parse(resealed(changed));
        ++(parsed ? taken : refused);
        if (parsed) {
          CHECK(serializeProgram(*parsed).has_value());
          CHECK_FALSE(describe(*parsed).empty());
        }
      }
    }
    CHECK(refused > taken);
  }
}

TEST_CASE("a file that is bound to a key is no other key's") {
  const std::string key(64, 'a');
  const std::string bytes = *serializeProgram(smallProgram(), key);
  const auto bound = [](std::string_view text, std::string_view to) {
    return deserializeProgram(std::as_bytes(std::span(text)), to);
  };
  CHECK(bound(bytes, key).has_value());
  CHECK(bound(bytes, "").has_value());
  CHECK_FALSE(bound(bytes, std::string(64, 'b')).has_value());
  CHECK_FALSE(bound(bytes, key.substr(1)).has_value());
  CHECK_FALSE(bound(serialized(smallProgram()), key).has_value());
  CHECK_FALSE(serializeProgram(smallProgram(), key + "a").has_value());
}

TEST_CASE("pieces of code are those that the description speaks of") {
  std::string bytes = serialized(cudaProgram());
  const size_t cubins = bytes.find("[\"sm_90\"]");
  REQUIRE(cubins != std::string::npos);
  bytes.replace(cubins, 9, "[]       ");
  const auto fewer = parse(resealed(bytes));
  REQUIRE_FALSE(fewer.has_value());
  CHECK(fewer.error().message == "the program file has 3 pieces of code, its description speaks of 2");
}

TEST_CASE("errors say what was expected") {
  const std::string bytes = serialized(smallProgram());
  CHECK(parse("something else").error().message.find("no program file") != std::string::npos);
  std::string newer = bytes;
  newer[8] = 99;
  CHECK(parse(newer).error().message == "program file of format 99, expected " + std::to_string(kProgramFormat));
  std::string damaged = bytes;
  damaged[100] ^= 1;
  CHECK(parse(damaged).error().message.find("checksum") != std::string::npos);
  CHECK(loadProgram("/nowhere/program").error().kind == ErrorKind::NotFound);
}

TEST_CASE("numbers, names and keys in the description are checked") {
  const std::string text = *programToJson(smallProgram());
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string copy = text;
    const size_t at = copy.find(from);
    REQUIRE(at != std::string::npos);
    return programFromJson(copy.replace(at, from.size(), to));
  };
  CHECK(programFromJson(text).has_value());
  CHECK(changed("\"limit\":10", "\"limit\":10.5").error().message.find("whole number") != std::string::npos);
  CHECK(changed("\"limit\":10", "\"limit\":99999999999999999999").error().message.find("whole") != std::string::npos);
  CHECK(changed("\"limit\":10", "\"limit\":\"10\"").error().message.find("whole") != std::string::npos);
  CHECK(changed("\"target\":\"ref\"", "\"target\":\"tpu\"").error().message.find("tpu") != std::string::npos);
  CHECK(changed("\"limit\":10", "\"limit\":10,\"extra\":1").error().message.find("keys") != std::string::npos);
  CHECK_FALSE(changed(",\"limit\":10", "").has_value());
  CHECK_FALSE(programFromJson(std::string(1 << 20, '[')).has_value());
  CHECK_FALSE(programFromJson("").has_value());
  CHECK_FALSE(programFromJson("[]").has_value());
}
