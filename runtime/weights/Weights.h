// Weights: values for the parameters of a Program, as f32 by name, wherever they come from: a checkpoint file or a
// seed. Nothing is read, converted or drawn before it is asked for, and everything can be let go again, because while
// constants are packed the mapped file, converted copies and packed matrices would otherwise be in memory together.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "runtime/base/Result.h"
#include "runtime/program/Program.h"
#include "runtime/weights/TensorFile.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace clew {

class TensorFiles;
struct CheckpointMatch;

/// Move-only. All const members may be called from many threads; parameters are independent of each other.
class Weights {
public:
  Weights(Weights &&) noexcept;
  Weights &operator=(Weights &&) noexcept;
  ~Weights();

  /// The parameter's values, row-major, as many as its shape has. Straight from the mapped file if they lie there as
  /// one aligned F32 tensor, else converted (or drawn) into a buffer that is kept. Good until release() of the same
  /// parameter or the end of the Weights. Internal if the Weights were made for a Program without this parameter and
  /// shape; Io if memory runs out.
  Result<std::span<const float>> get(const Parameter &parameter) const;

  /// Calls `use` with the parameter's values, which are good during the call only, and lets go what was made for it:
  /// the way to pack or copy a model while only a parameter at a time is in memory. `use` must not call these Weights
  /// for the same parameter. Fails as get() and `use` do.
  Result<void> visit(const Parameter &parameter, FunctionRef<Result<void>(std::span<const float>)> use) const;

  /// Lets the parameter's memory go: a converted copy at once, mapped pages back to the file. A later get() makes it
  /// again, with the same values. Unknown names are ignored.
  void release(const Parameter &parameter) const;

  /// `__metadata__` of the file; empty for random weights.
  const SafeTensorsMetadata &metadata() const;

  /// The file read (of a checkpoint in several files that which names them), or "" for random weights.
  const std::string &path() const;

  /// What was loaded, for records; computed once, when first asked for. For one file its sha256, for several a hash over their names
  /// and sha256s, for random weights "random:SEED".
  Result<std::string> sha256() const;

  /// What the checkpoint says that is neither obeyed nor known to change nothing: for people, one line each.
  const std::vector<std::string> &notes() const;

private:
  struct Impl;
  struct Entry;
  Result<Entry *> entryOf(const Parameter &parameter) const;
  explicit Weights(std::unique_ptr<Impl> impl);
  static Result<Weights> in(TensorFiles files, const CheckpointMatch &match, const Program &program);
  friend Result<Weights> weightsIn(TensorFiles files, const Program &program);
  friend Result<Weights> loadWeights(const std::string &path, const Program &program);
  friend Weights randomWeights(const Program &program, uint64_t seed, int threads);
  friend Weights heldWeights(const Program &program, std::vector<std::span<const float>> values);

  std::unique_ptr<Impl> impl;
};

/// Opens what `path` names (CheckpointFolder.h), in one of the formats of CheckpointFormats.h, for the parameters of `program`, in
/// that of Program::checkpoints which fits: names with or without its prefix, today's or older endings; its `ignore` says what else
/// may be in the file. The config.json beside the weights must agree with the Program. BadInput that lists everything that differs,
/// in config.json, else all missing, extra, misshaped and mistyped tensors; Unsupported for formats that are not read.
Result<Weights> loadWeights(const std::string &path, const Program &program);

/// The same of tensors that are open already, with no config.json beside them. BadInput as loadWeights.
Result<Weights> weightsIn(TensorFiles files, const Program &program);

/// What Weights::sha256 says of the weights that `path` names, without a Program. Errors as loadWeights.
Result<std::string> weightsSha256(const std::string &path);

/// Non-trivial weights for every parameter (Init::Normal: N(0, 0.02), Init::Gain: 1 + N(0, 0.1)). Each is a function
/// of the seed and the parameter's name alone, the same to the last bit on every machine
/// (runtime/weights/NormalStream.h). Drawn when asked for, large ones by up to `threads` threads.
Weights randomWeights(const Program &program, uint64_t seed, int threads);

/// Values that lie in memory of somebody else, who keeps them: one span for each of Program::parameters, as long as its shape says.
Weights heldWeights(const Program &program, std::vector<std::span<const float>> values);

struct SaveOptions {
  SafeTensorsMetadata metadata = {};
  /// Add its prefix to every name that lacks it. For bodies without a task's head, whose names never
  /// have it.
  bool prefix = false;
};

/// Writes the parameters as F32 under the names and in the layout of the Program's first format; the other tensors of a sum are written
/// as zeros, and what a recipe adds is subtracted, so that loading gives the same values (but for the rounding of that subtraction).
/// Needs memory for one tensor or one parameter at a time. Errors as SafeTensorsWriter and Weights::get.
Result<void> saveWeights(const std::string &path, const Program &program, const Weights &weights,
                         const SaveOptions &options = {});

} // namespace clew
