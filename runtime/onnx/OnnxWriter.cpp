// See OnnxWriter.h. All lengths are known before the first byte is written, because those of messages stand in front of them.
#include "runtime/onnx/OnnxWriter.h"

#include "runtime/base/AtomicFile.h"
#include "runtime/base/OutputPlace.h"
#include "runtime/base/Rounding.h"
#include "runtime/base/WireWriter.h"
#include "runtime/onnx/OnnxMessages.h"

#include <filesystem>
#include <fmt/format.h>

namespace clew::onnx {
namespace {

namespace fs = std::filesystem;

/// What a message of protocol buffers has at most.
constexpr uint64_t mostMessageBytes = (uint64_t{1} << 31) - 1;
/// Files are mapped page by page; the format's guidance asks for it.
constexpr uint64_t externalAlignment = 4096;

Result<uint64_t> bytesOf(const Weight &weight) {
  uint64_t bytes = sizeof(float);
  for (const int64_t extent : weight.dims) {
    if (extent < 0 || __builtin_mul_overflow(bytes, static_cast<uint64_t>(extent), &bytes)) {
      return fail(ErrorKind::Internal, fmt::format("weight '{}' has an impossible shape", weight.name));
    }
  }
  return bytes;
}

/// A weight with all that stands before its bytes.
struct PlacedWeight {
  const Weight *weight;
  uint64_t bytes;
  std::string head; ///< of the TensorProto, without raw_data's bytes
  ExternalPlace place = {};

  uint64_t messageBytes(bool beside) const { return head.size() + (beside ? 0 : bytes); }
};

/// Heads, and places in the file of the weights if `dataName` is one.
Result<std::vector<PlacedWeight>> place(std::span<const Weight> weights, const std::string &dataName) {
  std::vector<PlacedWeight> placed;
  uint64_t end = 0;
  for (const Weight &weight : weights) {
    const Result<uint64_t> bytes = bytesOf(weight);
    if (!bytes) {
      return fail(bytes);
    }
    PlacedWeight next{&weight, *bytes, {}};
    if (dataName.empty()) {
      WireWriter raw;
      raw.begin(tensorRawField, *bytes);
      next.head = tensorHead(weight.name, DataType::Float, weight.dims, nullptr) + raw.written();
    } else {
      next.place = {dataName, roundUp(end, externalAlignment), *bytes};
      end = next.place.offset + *bytes;
      next.head = tensorHead(weight.name, DataType::Float, weight.dims, &next.place);
    }
    placed.push_back(std::move(next));
  }
  return placed;
}

/// The bytes of one weight, into `file`.
Result<void> stream(const PlacedWeight &placed, AtomicFile &file) {
  uint64_t missing = placed.bytes;
  const auto mismatch = [&] {
    return fail(ErrorKind::Internal,
                fmt::format("weight '{}' did not give the {} bytes that it has", placed.weight->name, placed.bytes));
  };
  Result<void> done = placed.weight->produce([&](std::span<const float> numbers) -> Result<void> {
    if (numbers.size_bytes() > missing) {
      return mismatch();
    }
    missing -= numbers.size_bytes();
    return file.write(std::as_bytes(numbers));
  });
  return done && missing != 0 ? mismatch() : done;
}

Result<uint64_t> writeData(const std::string &path, std::span<const PlacedWeight> weights) {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file) {
    return fail(file);
  }
  uint64_t at = 0;
  for (const PlacedWeight &weight : weights) {
    const std::string gap(weight.place.offset - at, '\0');
    Result<void> done = file->write(gap);
    done = done ? stream(weight, *file) : done;
    if (!done) {
      return fail(done);
    }
    at = weight.place.offset + weight.bytes;
  }
  const Result<void> committed = file->commit();
  return committed ? Result<uint64_t>(at) : fail(committed);
}

/// The whole of a model's file but the weights' bytes, in the pieces between which they stand.
struct ModelPieces {
  std::string head;  ///< ModelProto up to the graph's bytes
  std::string graph; ///< GraphProto without weights
  uint64_t bytes = 0;
};

ModelPieces piecesOf(const Model &model, std::span<const PlacedWeight> weights, bool beside) {
  ModelPieces pieces{modelHead(model), graphMessage(model.graph)};
  uint64_t graph = pieces.graph.size();
  for (const PlacedWeight &weight : weights) {
    WireWriter field;
    field.begin(graphInitializerField, weight.messageBytes(beside));
    graph += field.written().size() + weight.messageBytes(beside);
  }
  WireWriter field;
  field.begin(modelGraphField, graph);
  pieces.head += field.written();
  pieces.bytes = pieces.head.size() + graph;
  return pieces;
}

Result<void> writePieces(AtomicFile &file, const ModelPieces &pieces, std::span<const PlacedWeight> weights,
                         bool beside) {
  Result<void> done = file.write(pieces.head);
  done = done ? file.write(pieces.graph) : done;
  for (const PlacedWeight &weight : weights) {
    WireWriter field;
    field.begin(graphInitializerField, weight.messageBytes(beside));
    done = done ? file.write(field.written() + weight.head) : done;
    done = done && !beside ? stream(weight, file) : done;
  }
  return done ? file.commit() : done;
}

/// Readers look for the weights in the folder of the file that they were given.
Result<void> refuseLinks(const std::string &path) {
  const Result<OutputPlace> place = outputPlace(path);
  if (!place) {
    return fail(place);
  }
  std::error_code error;
  if (place->file.empty() || fs::is_symlink(path, error)) {
    return fail(
        ErrorKind::BadInput,
        "expected the name of a regular file, because the weights go into a file beside it, found a link or a stream",
        path);
  }
  return {};
}

} // namespace

std::string dataFileOf(const std::string &path) { return path + ".data"; }

Result<WrittenModel> writeModel(const std::string &path, const Model &model, std::span<const Weight> weights,
                                bool beside) {
  Result<std::vector<PlacedWeight>> placed = place(weights, "");
  if (!placed) {
    return fail(placed);
  }
  ModelPieces pieces = piecesOf(model, *placed, false);
  WrittenModel written;
  if (beside || pieces.bytes > mostMessageBytes) {
    if (const Result<void> plain = refuseLinks(path); !plain) {
      return fail(plain);
    }
    beside = true;
    written.dataFile = dataFileOf(path);
    placed = place(weights, fs::path(written.dataFile).filename().string());
    const Result<uint64_t> bytes = placed ? writeData(written.dataFile, *placed) : fail(placed);
    if (!bytes) {
      return fail(bytes);
    }
    written.dataBytes = *bytes;
    pieces = piecesOf(model, *placed, true);
  }
  Result<AtomicFile> file = AtomicFile::create(path);
  const Result<void> done = file ? writePieces(*file, pieces, *placed, beside) : fail(file);
  if (!done) {
    return fail(done);
  }
  written.bytes = pieces.bytes;
  return written;
}

} // namespace clew::onnx
