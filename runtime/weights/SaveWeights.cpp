// Weights back into a checkpoint, one parameter at a time.
#include "runtime/weights/CheckpointMatch.h"
#include "runtime/weights/SafeTensors.h"
#include "runtime/weights/Weights.h"

namespace clew {

Result<void> saveWeights(const std::string &path, const Program &program, const Weights &weights,
                         const SaveOptions &options) {
  std::vector<TensorLayout> layouts;
  for (const Parameter &parameter : program.parameters) {
    for (const std::string &name : tensorNamesOf(parameter)) {
      bool add = options.prefix && !name.starts_with(program.checkpointPrefix);
      layouts.push_back({add ? program.checkpointPrefix + name : name, StoredType::F32, parameter.shape});
    }
  }
  Result<SafeTensorsWriter> writer = SafeTensorsWriter::create(path, layouts, options.metadata);
  if (!writer) {
    return fail(writer);
  }
  for (const Parameter &parameter : program.parameters) {
    Result<void> written = weights.visit(parameter, [&](std::span<const float> values) {
      Result<void> first = writer->write(std::as_bytes(values));
      return first ? writer->writeZeros(values.size_bytes() * (tensorNamesOf(parameter).size() - 1)) : first;
    });
    if (!written) {
      return written;
    }
  }
  return writer->finish();
}

} // namespace clew
