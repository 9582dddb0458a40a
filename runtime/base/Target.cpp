// Names of targets and precisions, as files, flags and messages spell them.
#include "runtime/base/Target.h"

#include "runtime/base/NamedValues.h"

namespace clew {

std::string_view nameOf(Target target) {
  switch (target) {
  case Target::Ref:
    return "ref";
  case Target::Cpu:
    return "cpu";
  case Target::Cuda:
    return "cuda";
  }
  return "?";
}

std::string_view nameOf(Precision precision) {
  switch (precision) {
  case Precision::F32:
    return "f32";
  case Precision::BF16:
    return "bf16";
  case Precision::Int8:
    return "int8";
  }
  return "?";
}

Result<Target> targetNamed(std::string_view name) { return valueNamed(kTargets, "target", name); }

Result<Precision> precisionNamed(std::string_view name) { return valueNamed(kPrecisions, "precision", name); }

} // namespace clew
