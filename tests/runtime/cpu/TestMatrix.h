// A Program with one matrix and its packed constants, for tests and the benchmark of products.
#pragma once

#include "runtime/cpu/CpuPacker.h"
#include "runtime/cpu/PackedGemm.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace clew {

/// Pseudo-random numbers in -1..1.
inline std::vector<float> randomFloats(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float &value : values) {
    value = static_cast<float>(static_cast<int32_t>(random())) * 0x1p-31F;
  }
  return values;
}

/// Weights N x K stacked from `pieces` parameters, packed for some arithmetic.
struct TestMatrix {
  DType dtype;
  int64_t columns;
  int64_t depth;
  std::vector<float> weights;
  Program program;
  std::vector<std::span<const float>> sources;

  TestMatrix(DType dtype, int64_t columns, int64_t depth, int pieces = 1, Execution execution = {})
      : dtype(dtype), columns(columns), depth(depth), weights(randomFloats(columns * depth, 7)) {
    program.execution = execution;
    std::vector<int32_t> indices;
    for (int piece = 0; piece < pieces; ++piece) {
      int64_t begin = columns * piece / pieces;
      int64_t count = columns * (piece + 1) / pieces - begin;
      program.parameters.push_back({"piece." + std::to_string(piece), {count, depth}, Init::Normal});
      sources.emplace_back(weights.data() + begin * depth, count * depth);
      indices.push_back(piece);
    }
    program.constants.push_back({"weights", ConstantKind::Matmul, dtype, indices, columns, depth});
    program.constants.push_back({"scales", ConstantKind::Scales, DType::F32, indices, 1, columns});
    program.constants.push_back({"sums", ConstantKind::ColumnSums, DType::I32, indices, 1, columns});
  }

  MatrixLayout layout(int threads) const {
    return MatrixLayout::choose(program.constants[0], program.execution, threads);
  }
  Result<PackedConstant> pack(int threads, int32_t constant = 0) const {
    return CpuPacker(program, threads).pack(constant, sources);
  }
};

/// Activations of the type that weights of `dtype` want, as bytes, with garbage in the padding rows.
struct TestActivations {
  std::vector<float> exact;     ///< what the bytes mean
  std::vector<std::byte> bytes; ///< rows rounded up to 16

  TestActivations(DType dtype, int64_t rows, int64_t depth) : exact(randomFloats(rows * depth, 11)) {
    int64_t room = (rows + 15) / 16 * 16 * depth;
    size_t size = dtype == DType::F32 ? 4 : dtype == DType::BF16 ? 2 : 1;
    bytes.assign(room * size, std::byte{0x7f});
    for (int64_t i = 0; i < rows * depth; ++i) {
      if (dtype == DType::F32) {
        reinterpret_cast<float *>(bytes.data())[i] = exact[i];
      } else if (dtype == DType::BF16) {
        BF16 rounded(exact[i]);
        reinterpret_cast<BF16 *>(bytes.data())[i] = rounded;
        exact[i] = static_cast<float>(rounded);
      } else {
        auto value = static_cast<uint8_t>(128 + static_cast<int>(exact[i] * 127));
        reinterpret_cast<uint8_t *>(bytes.data())[i] = value;
        exact[i] = value;
      }
    }
  }
};

} // namespace clew
