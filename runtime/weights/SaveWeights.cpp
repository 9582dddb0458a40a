// Weights back into a checkpoint, one tensor at a time.
#include "runtime/weights/CheckpointMatch.h"
#include "runtime/weights/NamedWeights.h"

namespace clew {

Result<void> saveWeights(const std::string &path, const Program &program, const Weights &weights,
                         const SaveOptions &options) {
  const Result<NamedWeights> named = NamedWeights::make(program, weights, firstNames(program), options.prefix);
  if (!named) {
    return fail(named);
  }
  Result<SafeTensorsWriter> writer = SafeTensorsWriter::create(path, named->tensors(), options.metadata);
  if (!writer) {
    return fail(writer);
  }
  for (size_t i = 0; i < named->tensors().size(); ++i) {
    Result<void> written =
        named->visit(i, [&](std::span<const float> values) { return writer->write(std::as_bytes(values)); });
    if (!written) {
      return written;
    }
  }
  return writer->finish();
}

} // namespace clew
