// Every target and precision is found by its own name, and no other name is taken for one.
#include "runtime/base/Target.h"

#include <doctest/doctest.h>

namespace clew {

TEST_CASE("a value is found by its name") {
  for (Target target : kTargets) {
    CHECK(targetNamed(nameOf(target)).value_or(Target::Ref) == target);
  }
  for (Precision precision : kPrecisions) {
    CHECK(precisionNamed(nameOf(precision)).value_or(Precision::F32) == precision);
  }
}

TEST_CASE("an unknown name is an error that lists what there is") {
  for (const char *name : {"", "f16", "F32", "s8", "f32 "}) {
    const Result<Precision> found = precisionNamed(name);
    REQUIRE(!found);
    CHECK(found.error().message == "unknown precision '" + std::string(name) + "': expected f32, bf16 or int8");
  }
  CHECK(targetNamed("gpu").error().message == "unknown target 'gpu': expected ref, cpu or cuda");
}

} // namespace clew
