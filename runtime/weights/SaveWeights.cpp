// Weights back into a checkpoint, one parameter at a time.
#include "runtime/weights/CheckpointMatch.h"
#include "runtime/weights/SafeTensors.h"
#include "runtime/weights/Weights.h"

namespace clew {

Result<void> saveWeights(const std::string &path, const Program &program, const Weights &weights,
                         const SaveOptions &options) {
  const CheckpointNames &names = firstNames(program);
  const std::string &prefix = names.form.prefix;
  std::vector<TensorLayout> layouts;
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    for (const std::string &name : tensorNamesOf(program, names, i)) {
      const bool add = options.prefix && !name.starts_with(prefix);
      layouts.push_back({add ? prefix + name : name, StoredType::F32, program.parameters[i].shape});
    }
  }
  Result<SafeTensorsWriter> writer = SafeTensorsWriter::create(path, layouts, options.metadata);
  if (!writer) {
    return fail(writer);
  }
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    Result<void> written = weights.visit(program.parameters[i], [&](std::span<const float> values) {
      Result<void> first = writer->write(std::as_bytes(values));
      return first ? writer->writeZeros(values.size_bytes() * (tensorNamesOf(program, names, i).size() - 1)) : first;
    });
    if (!written) {
      return written;
    }
  }
  return writer->finish();
}

} // namespace clew
