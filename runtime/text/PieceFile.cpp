// See PieceFile.h. The messages and numbers of fields are those of sentencepiece_model.proto; what only training asks for is passed over.
#include "runtime/text/PieceFile.h"

#include "runtime/base/WireReader.h"
#include "runtime/text/Utf8.h"

#include <bit>
#include <cmath>
#include <fmt/format.h>

namespace clew {
namespace {

constexpr size_t MostPieces = size_t{1} << 20;

std::string_view textOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

/// A field of the kind that its number has; anything else under that number is an error.
struct Reader {
  PieceFile &file;

  Failure wrong(const std::string &what) const {
    return fail(ErrorKind::BadInput, "expected a model of SentencePiece, found " + what, file.path);
  }

  /// Calls take(field), which is false for a field of the wrong kind.
  template <typename Take> Result<void> fields(std::span<const std::byte> message, const char *name, Take take) const {
    WireReader reader(message);
    for (WireField field; !reader.empty();) {
      if (!reader.field(field)) {
        return wrong(fmt::format("{} that is cut short or no message", name));
      }
      if (!take(field)) {
        return wrong(fmt::format("{} whose field {} has another type", name, field.number));
      }
    }
    return {};
  }

  Result<void> piece(std::span<const std::byte> message) const {
    PieceFile::Piece piece;
    uint64_t kind = 1;
    const Result<void> done = fields(message, "a piece", [&](const WireField &field) {
      switch (field.number) {
      case 1:
        piece.text = textOf(field.bytes);
        return field.kind == WireField::Kind::Bytes;
      case 2:
        piece.score = std::bit_cast<float>(static_cast<uint32_t>(field.value));
        return field.kind == WireField::Kind::Fixed32;
      case 3:
        kind = field.value;
        return field.kind == WireField::Kind::Varint;
      default:
        return true;
      }
    });
    if (!done) {
      return done;
    }
    const std::string which = fmt::format("the piece of id {}", file.pieces.size());
    if (file.pieces.size() >= MostPieces) {
      return wrong(fmt::format("more than {} pieces", MostPieces));
    }
    if (firstBrokenByte(piece.text) != std::string_view::npos) {
      return wrong(which + " that is no UTF-8");
    }
    if (!std::isfinite(piece.score)) {
      return wrong(which + " with a score that is no number");
    }
    if (kind < 1 || kind > 6) {
      return wrong(fmt::format("{} of type {}", which, kind));
    }
    piece.kind = static_cast<PieceFile::Kind>(kind);
    file.pieces.push_back(std::move(piece));
    return {};
  }

  static bool role(const WireField &field, bool isId, PieceFile::Role &role) {
    if (isId) {
      role.id = static_cast<int32_t>(static_cast<uint32_t>(field.value));
      return field.kind == WireField::Kind::Varint;
    }
    role.text = textOf(field.bytes);
    return field.kind == WireField::Kind::Bytes;
  }

  static bool flag(const WireField &field, bool &value) {
    value = field.value != 0;
    return field.kind == WireField::Kind::Varint;
  }

  Result<void> trainer(std::span<const std::byte> message) const {
    uint64_t model = 1;
    const Result<void> done = fields(message, "a trainer_spec", [&](const WireField &field) {
      switch (field.number) {
      case 3:
        model = field.value;
        return field.kind == WireField::Kind::Varint;
      case 24:
        return flag(field, file.suffixesSpace);
      case 35:
        return flag(field, file.byteFallback);
      case 40:
      case 45:
        return role(field, field.number == 40, file.unknown);
      case 41:
      case 46:
        return role(field, field.number == 41, file.first);
      case 42:
      case 47:
        return role(field, field.number == 42, file.last);
      default:
        return true;
      }
    });
    if (done && (model < 1 || model > 4)) {
      return wrong(fmt::format("one of model_type {}", model));
    }
    file.model = static_cast<PieceFile::Model>(model);
    return done;
  }

  Result<void> normalizer(std::span<const std::byte> message) const {
    return fields(message, "a normalizer_spec", [&](const WireField &field) {
      switch (field.number) {
      case 2:
        file.charsmap = textOf(field.bytes);
        return field.kind == WireField::Kind::Bytes;
      case 3:
        return flag(field, file.prefixesSpace);
      case 4:
        return flag(field, file.joinsSpaces);
      case 5:
        return flag(field, file.escapesSpaces);
      default:
        return true;
      }
    });
  }
};

} // namespace

Result<PieceFile> PieceFile::read(std::string_view bytes, const std::string &path) {
  PieceFile file;
  file.path = path;
  const Reader reader{file};
  Result<void> inner;
  const Result<void> done = reader.fields(std::as_bytes(std::span(bytes)), "a file", [&](const WireField &field) {
    const bool isMessage = field.kind == WireField::Kind::Bytes;
    if (inner && isMessage) {
      inner = field.number == 1   ? reader.piece(field.bytes)
              : field.number == 2 ? reader.trainer(field.bytes)
              : field.number == 3 ? reader.normalizer(field.bytes)
                                  : Result<void>();
    }
    return isMessage || field.number > 3;
  });
  if (!done || !inner) {
    return fail(!inner ? inner : done);
  }
  if (file.pieces.empty()) {
    return reader.wrong("no pieces");
  }
  if (file.unknown.id < 0 || static_cast<size_t>(file.unknown.id) >= file.pieces.size()) {
    return reader.wrong(fmt::format("an unk_id of {} where there are {} pieces", file.unknown.id, file.pieces.size()));
  }
  for (const Role *role : {&file.unknown, &file.first, &file.last}) {
    if (firstBrokenByte(role->text) != std::string_view::npos) {
      return reader.wrong("a name of a special piece that is no UTF-8");
    }
  }
  return file;
}

} // namespace clew
