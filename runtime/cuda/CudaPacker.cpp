// Conversion is by the same functions as the cpu backend's, so that both multiply the same numbers.
#include "runtime/cuda/CudaPacker.h"

#include "runtime/base/Arena.h"
#include "runtime/base/ParallelFor.h"
#include "runtime/base/Rounding.h"
#include "runtime/cpu/Quantize.h"
#include "runtime/cpu/RecurrentPacking.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace clew::cuda {

namespace {

constexpr int64_t kStagingBytes = int64_t(8) << 20;
constexpr int64_t kChunkBytes = int64_t(32) << 20;
constexpr int64_t kPlaceAlignment = 256;
constexpr int64_t kFewest = 4;  ///< what products of s8 need
constexpr int64_t kPadded = 16; ///< and what they like

/// Rows of several matrices of one width, one below the other.
std::vector<const float *> rowsOf(std::span<const std::span<const float>> sources, int64_t width) {
  std::vector<const float *> rows;
  for (const auto &source : sources) {
    for (size_t at = 0; at + static_cast<size_t>(width) <= source.size(); at += static_cast<size_t>(width)) {
      rows.push_back(source.data() + at);
    }
  }
  return rows;
}

void convertRow(const float *row, int64_t depth, DType dtype, std::byte *target) {
  if (dtype == DType::F32) {
    std::memcpy(target, row, static_cast<size_t>(depth) * sizeof(float));
  } else if (dtype == DType::BF16) {
    std::transform(row, row + depth, reinterpret_cast<BF16 *>(target), [](float value) { return BF16(value); });
  } else {
    quantizeChannel(row, depth, channelScale(row, depth), reinterpret_cast<int8_t *>(target));
  }
}

int64_t paddedForS8(int64_t size) { return size % kFewest == 0 ? size : roundUp(size, kPadded); }

} // namespace

WeightLayout WeightLayout::of(const Constant &constant) {
  const bool padded = constant.kind == ConstantKind::Matmul && constant.dtype == DType::S8;
  return padded ? WeightLayout{paddedForS8(constant.rows), paddedForS8(constant.columns)}
                : WeightLayout{constant.rows, constant.columns};
}

Result<std::unique_ptr<CudaPacker>> CudaPacker::create(const Program &program, std::shared_ptr<const Device> device,
                                                       int threads) {
  auto stream = WorkStream::create(device);
  auto staging = stream ? Memory::allocate(device, Memory::Kind::Pinned, kStagingBytes) : fail(stream);
  if (!staging) {
    return fail(staging);
  }
  return std::unique_ptr<CudaPacker>(
      new CudaPacker(program, std::move(device), threads, std::move(*stream), std::move(*staging)));
}

Result<PackedConstant> CudaPacker::pack(int32_t index, std::span<const std::span<const float>> sources) {
  const Constant &constant = program.constants[static_cast<size_t>(index)];
  const bool perChannel = constant.kind == ConstantKind::Scales || constant.kind == ConstantKind::ColumnSums;
  const int64_t depth = perChannel ? depthOfChannels(program, constant) : constant.columns;
  const std::vector<const float *> rows = rowsOf(sources, depth);
  const int64_t channels = perChannel ? constant.columns : constant.rows;
  if (static_cast<int64_t>(rows.size()) != channels) {
    return fail(ErrorKind::Internal,
                fmt::format("constant '{}': expected {} rows, found {}", constant.name, channels, rows.size()));
  }
  return perChannel                                 ? packChannels(constant, rows, depth)
         : constant.kind == ConstantKind::Recurrent ? packRecurrent(constant, rows)
                                                    : packMatmul(constant, rows);
}

Result<PackedConstant> CudaPacker::packMatmul(const Constant &constant, std::span<const float *const> rows) const {
  const WeightLayout layout = WeightLayout::of(constant);
  const int64_t stride = layout.columns * static_cast<int64_t>(bytesOf(constant.dtype));
  return filled(layout.rows * stride, constant.rows, [&](int64_t row, std::byte *base) {
    convertRow(rows[static_cast<size_t>(row)], constant.columns, constant.dtype, base + row * stride);
  });
}

Result<PackedConstant> CudaPacker::packRecurrent(const Constant &constant, std::span<const float *const> rows) const {
  const RecurrentLayout layout{constant.rows / constant.gates, constant.columns, constant.dtype, constant.gates};
  return filled(layout.blocks() * layout.blockBytes(), layout.blocks(), [&](int64_t block, std::byte *base) {
    packRecurrentBlock(layout, rows, block, base + block * layout.blockBytes());
  });
}

Result<PackedConstant> CudaPacker::packChannels(const Constant &constant, std::span<const float *const> rows,
                                                int64_t depth) const {
  return filled(constant.columns * 4, constant.columns, [&](int64_t channel, std::byte *base) {
    const float *row = rows[static_cast<size_t>(channel)];
    const float scale = channelScale(row, depth);
    if (constant.kind == ConstantKind::Scales) {
      reinterpret_cast<float *>(base)[channel] = scale;
    } else {
      reinterpret_cast<int32_t *>(base)[channel] = channelSum(row, depth, scale);
    }
  });
}

/// Zeroed memory of the host, which `fill` writes in `jobs` parts.
Result<PackedConstant> CudaPacker::filled(int64_t bytes, int64_t jobs,
                                          FunctionRef<void(int64_t job, std::byte *base)> fill) const {
  auto arena = Arena::allocateArray(bytes, 1);
  if (!arena) {
    return fail(arena);
  }
  auto owner = std::make_shared<Arena>(std::move(*arena));
  parallelFor(threads, jobs, [&](int64_t job, int) { fill(job, owner->data()); });
  return PackedConstant{std::shared_ptr<const void>(owner, owner->data()), bytes};
}

std::optional<Result<PackedConstant>> CudaPacker::place(const void *host, int64_t bytes) { return upload(host, bytes); }

Result<PackedConstant> CudaPacker::upload(const void *host, int64_t bytes) {
  const int64_t room = roundUp(std::max<int64_t>(bytes, 1), kPlaceAlignment);
  if (!chunk || used + room > chunk->bytes()) {
    auto memory = Memory::allocate(device, Memory::Kind::Device, std::max(room, kChunkBytes));
    if (!memory) {
      return fail(memory);
    }
    chunk = std::make_shared<Memory>(std::move(*memory));
    used = 0;
  }
  if (auto current = device->makeCurrent(); !current) {
    return fail(current);
  }
  const Address target = chunk->address() + static_cast<Address>(used);
  constexpr const char *kDoing = "copying weights to the GPU";
  for (int64_t at = 0; at < bytes; at += staging.bytes()) {
    const int64_t piece = std::min(staging.bytes(), bytes - at);
    std::memcpy(staging.host(), static_cast<const std::byte *>(host) + at, static_cast<size_t>(piece));
    auto sent = device->check(device->call().copyToDevice(target + static_cast<Address>(at), staging.host(),
                                                          static_cast<size_t>(piece), stream.get()),
                              kDoing);
    auto done = sent ? stream.synchronize(kDoing) : sent;
    if (!done) {
      return fail(done);
    }
  }
  used += room;
  return PackedConstant{std::shared_ptr<const void>(chunk, reinterpret_cast<const void *>(target)), bytes};
}

} // namespace clew::cuda
