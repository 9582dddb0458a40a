// Tensors that a reader made, against those of a golden file.
#pragma once

#include "runtime/weights/SafeTensors.h"
#include "runtime/weights/TensorSet.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <string>

namespace clew {

/// `set` holds the tensors of the safetensors file `golden`, in its order, byte for byte.
inline void checkSameTensors(const TensorSet &set, const std::string &golden) {
  const Result<SafeTensors> expected = SafeTensors::open(golden);
  REQUIRE(expected.has_value());
  REQUIRE(set.tensors.size() == expected->tensors().size());
  for (size_t i = 0; i < set.tensors.size(); ++i) {
    const TensorView &tensor = set.tensors[i];
    const TensorView &wanted = expected->tensors()[i];
    CAPTURE(tensor.name);
    CHECK(tensor.name == wanted.name);
    CHECK(nameOf(tensor.type) == nameOf(wanted.type));
    CHECK(tensor.shape == wanted.shape);
    CHECK(std::ranges::equal(tensor.bytes, wanted.bytes));
  }
}

} // namespace clew
