// The frame of a program file: magic, version, key, description and code, each with its length, checksum.
#include "runtime/program/ProgramFile.h"

#include "runtime/base/AtomicFile.h"
#include "runtime/base/MappedFile.h"
#include "runtime/base/Sha256.h"
#include "runtime/program/ProgramJson.h"
#include "runtime/program/Validate.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace clew {

namespace {

constexpr std::string_view kMagic = "CLEWPROG";
constexpr size_t kDigest = 64;
constexpr uint64_t kMaxKey = 64;
constexpr uint64_t kMaxDescription = 16u << 20;
constexpr uint64_t kMaxPieces = 64;
constexpr uint64_t kMaxCode = 256u << 20; ///< bytes of a piece, and of all together where they are written

void append(std::string &bytes, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    bytes.push_back(static_cast<char>(value >> (8 * i)));
  }
}

/// Reads from the front of what is left.
struct Reader {
  std::string_view rest;

  bool number(size_t size, uint64_t &value) {
    if (rest.size() < size) {
      return false;
    }
    value = 0;
    for (size_t i = 0; i < size; ++i) {
      value |= static_cast<uint64_t>(static_cast<unsigned char>(rest[i])) << (8 * i);
    }
    rest.remove_prefix(size);
    return true;
  }
  /// A length of at most `limit`, then as many bytes.
  bool piece(uint64_t limit, std::string_view &bytes) {
    uint64_t size = 0;
    if (!number(8, size) || size > limit || size > rest.size()) {
      return false;
    }
    bytes = rest.substr(0, size);
    rest.remove_prefix(size);
    return true;
  }
  /// The pieces of code.
  bool pieces(std::vector<std::string_view> &found) {
    uint64_t count = 0;
    if (!number(8, count) || count > kMaxPieces) {
      return false;
    }
    found.resize(count);
    return std::ranges::all_of(found, [this](std::string_view &bytes) { return piece(kMaxCode, bytes); });
  }
};

} // namespace

Result<std::string> serializeProgram(const Program &program, std::string_view key) {
  if (auto ok = validate(program); !ok) {
    return fail(ok);
  }
  auto description = programToJson(program);
  if (!description) {
    return description;
  }
  if (key.size() > kMaxKey || description->size() > kMaxDescription || bytesOf(program.code) > kMaxCode) {
    return fail(ErrorKind::BadInput, "program: too large for a file");
  }
  std::string bytes(kMagic);
  append(bytes, kProgramFormat, 4);
  append(bytes, key.size(), 8);
  bytes += key;
  append(bytes, description->size(), 8);
  bytes += *description;
  const std::vector<const std::string *> pieces = piecesOf(program.code);
  append(bytes, pieces.size(), 8);
  for (const std::string *piece : pieces) {
    append(bytes, piece->size(), 8);
    bytes += *piece;
  }
  auto digest = sha256Of(std::string_view(bytes));
  if (!digest) {
    return digest;
  }
  return bytes + *digest;
}

Result<Program> deserializeProgram(std::span<const std::byte> bytes, std::string_view key) {
  const std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic)) {
    return fail(ErrorKind::BadInput, "this is no program file");
  }
  Reader reader{text.substr(kMagic.size())};
  uint64_t version = 0;
  if (!reader.number(4, version) || version != kProgramFormat) {
    return fail(ErrorKind::BadInput, fmt::format("program file of format {}, expected {}", version, kProgramFormat));
  }
  std::string_view boundTo;
  std::string_view description;
  std::vector<std::string_view> pieces;
  if (!reader.piece(kMaxKey, boundTo) || !reader.piece(kMaxDescription, description) || !reader.pieces(pieces) ||
      reader.rest.size() != kDigest) {
    return fail(ErrorKind::BadInput, "the program file is cut off or has impossible lengths");
  }
  auto digest = sha256Of(text.substr(0, text.size() - kDigest));
  if (!digest) {
    return fail(digest);
  }
  if (*digest != reader.rest) {
    return fail(ErrorKind::BadInput, "the program file is damaged: its checksum does not match");
  }
  if (!key.empty() && boundTo != key) {
    return fail(ErrorKind::BadInput, "the program file holds another program than its name says");
  }
  auto program = programFromJson(description);
  if (!program) {
    return program;
  }
  const std::vector<std::string *> places = piecesOf(program->code);
  if (places.size() != pieces.size()) {
    return fail(ErrorKind::BadInput, fmt::format("the program file has {} pieces of code, its description speaks of {}",
                                                 pieces.size(), places.size()));
  }
  for (size_t i = 0; i < pieces.size(); ++i) {
    *places[i] = pieces[i];
  }
  if (auto ok = validate(*program); !ok) {
    return fail(ok);
  }
  return program;
}

Result<Program> loadProgram(const std::string &path, std::string_view key) {
  auto file = MappedFile::open(path);
  if (!file) {
    return fail(file);
  }
  auto program = deserializeProgram(file->bytes(), key);
  if (!program) {
    return fail(program.error().kind, program.error().message, path);
  }
  return program;
}

Result<void> saveProgram(const Program &program, const std::string &path, std::string_view key) {
  auto bytes = serializeProgram(program, key);
  if (!bytes) {
    return fail(bytes);
  }
  return writeFileAtomically(path, *bytes);
}

} // namespace clew
