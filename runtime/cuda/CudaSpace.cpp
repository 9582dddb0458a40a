// A batch is: its numbers into pinned memory, one launch of the bucket's graph, one wait. The first batch of a bucket runs call by call,
// because sizes that are seen once would pay for a graph and not use it; what is captured is exactly what ran then.
#include "runtime/cuda/CudaSpace.h"

#include "runtime/base/Rounding.h"
#include "runtime/cuda/BucketSize.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>

namespace clew::cuda {

namespace {

constexpr int64_t kMostBlocks = INT32_MAX;
constexpr int64_t kSharedWithoutAsking = int64_t(48) << 10; ///< bytes of a block that every launch may have

Result<void> at(const DeviceStep &step, Result<void> done) {
  return done || !done.error().where.empty() ? done : fail(done.error().kind, done.error().message, step.step->where);
}

} // namespace

Result<std::unique_ptr<SessionSpace>> CudaSpace::create(const CudaParts &parts, const SpaceBase &base) {
  auto stream = WorkStream::create(parts.device);
  return stream ? Result<std::unique_ptr<SessionSpace>>(std::make_unique<CudaSpace>(parts, base, std::move(*stream)))
                : fail(stream);
}

CudaSpace::~CudaSpace() {
  for (Bucket &bucket : buckets) {
    drop(bucket);
  }
}

void CudaSpace::drop(Bucket &bucket) {
  if (bucket.graph && parts.device->makeCurrent()) {
    parts.device->call().graphExecDestroy(bucket.graph);
  }
  bucket.graph = nullptr;
}

Result<void> CudaSpace::useStates(std::span<void *const> memory) {
  return memory.empty() ? Result<void>()
                        : fail(ErrorKind::Unsupported, "the cuda backend trains nothing: states lie with the host");
}

/// Graphs hold addresses: where memory moves they go.
Result<void> CudaSpace::makeRoom(const DeviceLayout &layout) {
  const auto grow = [&](Memory &memory, Memory::Kind kind, int64_t bytes) -> Result<void> {
    if (bytes <= memory.bytes()) {
      return {};
    }
    for (Bucket &bucket : buckets) {
      drop(bucket);
    }
    const int64_t wanted = std::max(bytes, memory.bytes() + memory.bytes() / 4);
    memory = Memory(); // the old memory goes before the new comes
    auto larger = Memory::allocate(parts.device, kind, wanted);
    if (!larger && wanted > bytes) {
      larger = Memory::allocate(parts.device, kind, bytes);
    }
    if (!larger) {
      return fail(larger);
    }
    memory = std::move(*larger);
    return {};
  };
  auto grown = grow(arena, Memory::Kind::Device, layout.bytes);
  grown = grown ? grow(sent, Memory::Kind::Pinned, layout.inputBytes) : grown;
  return grown ? grow(got, Memory::Kind::Pinned, layout.outputBytes) : grown;
}

Result<CudaSpace::Bucket *> CudaSpace::bucketFor(const BatchSize &size) {
  const BatchSize wanted = bucketOf(size);
  const auto known = std::ranges::find_if(buckets, [&](const Bucket &one) { return one.layout.bucket == wanted; });
  if (known != buckets.end()) {
    buckets.splice(buckets.begin(), buckets, known);
  } else {
    auto layout = DeviceLayout::make(base.program, parts.steps, wanted);
    if (!layout) {
      return fail(layout);
    }
    if (buckets.size() == maxBuckets) {
      drop(buckets.back());
      buckets.pop_back();
    }
    buckets.push_front(Bucket{std::move(*layout)});
  }
  if (auto room = makeRoom(buckets.front().layout); !room) {
    return fail(room);
  }
  return &buckets.front();
}

void CudaSpace::stage(const Batch &batch, const BatchSize &size, const DeviceLayout &layout) {
  derive(base.program, batch, size, derived);
  for (size_t i = 0; i < base.program.inputs.size(); ++i) {
    const auto bytes = static_cast<size_t>(numbersOf(base.program, base.program.inputs[i], size)) * sizeof(int32_t);
    if (bytes > 0) {
      std::memcpy(sent.host() + layout.inputs[i], derived.pointers[i], bytes);
    }
  }
}

Result<void> CudaSpace::run(const Batch &batch, const BatchSize &size) {
  current = nullptr;
  if (auto ready = parts.device->makeCurrent(); !ready) {
    return ready;
  }
  const auto bucket = bucketFor(size);
  if (!bucket) {
    return fail(bucket);
  }
  stage(batch, size, (*bucket)->layout);
  auto started = start(**bucket);
  // Whatever was put on the stream ends before this returns, also after an error: the memory is used again.
  auto done = stream.synchronize("running the program on the GPU");
  if (!started || !done) {
    return started ? done : started;
  }
  ++(*bucket)->runs;
  current = &(*bucket)->layout;
  return {};
}

Result<void> CudaSpace::start(Bucket &bucket) {
  if (!bucket.graph && bucket.runs > 0 && bucket.captures) {
    if (auto captured = capture(bucket); !captured) {
      if (auto usable = parts.device->makeCurrent(); !usable) {
        return usable;
      }
      bucket.captures = false; // without a graph it runs as the first batch did
    }
  }
  return bucket.graph ? parts.device->check(parts.device->call().graphLaunch(bucket.graph, stream.get()),
                                            "starting the program on the GPU")
                      : enqueue(bucket.layout);
}

Result<void> CudaSpace::capture(Bucket &bucket) {
  const Device &device = *parts.device;
  constexpr const char *kDoing = "capturing the program";
  if (auto begun = device.check(device.call().streamBeginCapture(stream.get(), captureOfThread), kDoing); !begun) {
    return begun;
  }
  auto queued = enqueue(bucket.layout);
  Graph graph = nullptr;
  auto ended = device.check(device.call().streamEndCapture(stream.get(), &graph), kDoing);
  auto made = queued && ended ? device.check(device.call().graphInstantiate(&bucket.graph, graph, 0), kDoing) : ended;
  if (graph) {
    device.call().graphDestroy(graph);
  }
  if (!made) {
    bucket.graph = nullptr;
  }
  return queued ? made : queued;
}

Result<void> CudaSpace::enqueue(const DeviceLayout &layout) {
  const Device &device = *parts.device;
  auto done =
      device.check(device.call().copyToDevice(arena.address() + static_cast<Address>(layout.inputsAt), sent.host(),
                                              static_cast<size_t>(layout.inputBytes), stream.get()),
                   "copying the batch to the GPU");
  for (const DeviceStep &step : parts.steps) {
    if (!done) {
      return done;
    }
    done = at(step, std::visit([&](const auto &work) { return enqueue(step, work, layout); }, step.work));
  }
  if (!done || layout.outputBytes == 0) {
    return done;
  }
  return device.check(device.call().copyToHost(got.host(), arena.address() + static_cast<Address>(layout.outputsAt),
                                               static_cast<size_t>(layout.outputBytes), stream.get()),
                      "copying the answers from the GPU");
}

Result<void> CudaSpace::enqueue(const DeviceStep &step, const DeviceProduct &product, const DeviceLayout &layout) {
  ProductShape shape = product.shape;
  shape.rows = step.step->extent.at(layout.bucket);
  if (shape.rows == 0) {
    return {};
  }
  const Address x = bufferAt(product.x, layout);
  const Address y = bufferAt(product.y, layout);
  const Address paddedX = arena.address() + static_cast<Address>(layout.paddingAt);
  const Address paddedY = paddedX + static_cast<Address>(product.paddedX(shape.rows));
  const bool padsX = product.depth != shape.depth;
  const bool padsY = product.columns != shape.columns;
  const auto constant = [&](int32_t index) {
    return index < 0 ? Address(0) : reinterpret_cast<Address>(base.constants[static_cast<size_t>(index)]);
  };
  const auto element = static_cast<int64_t>(bytesOf(shape.dtype));
  const auto resultElement = static_cast<int64_t>(bytesOf(shape.result()));
  Result<void> done;
  if (padsX) {
    const Device &device = *parts.device;
    done = device.check(device.call().fill(paddedX, 0, static_cast<size_t>(product.paddedX(shape.rows)), stream.get()),
                        "padding a product");
    done = done ? copyRows(x, product.depth * element, paddedX, shape.depth * element, shape.rows) : done;
  }
  const ProductOperands operands{padsX ? paddedX : x, constant(product.weight), constant(product.bias),
                                 padsY ? paddedY : y, arena.address()};
  done = done ? parts.blas->multiply(shape, operands, stream.get()) : done;
  return done && padsY
             ? copyRows(paddedY, shape.columns * resultElement, y, product.columns * resultElement, shape.rows)
             : done;
}

Result<void> CudaSpace::copyRows(Address source, int64_t sourceWidth, Address target, int64_t targetWidth,
                                 int64_t rows) {
  Copy2D copy;
  copy.src = source;
  copy.srcPitch = static_cast<size_t>(sourceWidth);
  copy.dst = target;
  copy.dstPitch = static_cast<size_t>(targetWidth);
  copy.widthBytes = static_cast<size_t>(std::min(sourceWidth, targetWidth));
  copy.height = static_cast<size_t>(rows);
  return parts.device->check(parts.device->call().copy2D(&copy, stream.get()), "padding a product");
}

Result<int64_t> CudaSpace::sharedBytes(const DeviceStep &step, const DeviceLaunch &launch, const BatchSize &bucket) {
  const int64_t bytes = launch.stage->shared.at(bucket);
  if (bytes + launch.staticBytes > parts.device->sharedBytesPerBlock()) {
    return fail(ErrorKind::Unsupported,
                fmt::format("kernel '{}' needs {} bytes of shared memory for this batch, '{}' has {}",
                            launch.stage->symbol, bytes + launch.staticBytes, parts.device->name(),
                            parts.device->sharedBytesPerBlock()),
                step.step->where);
  }
  if (bytes + launch.staticBytes <= kSharedWithoutAsking) {
    return bytes;
  }
  // Whoever runs a smaller batch meanwhile may not lower it: it is raised, never set back.
  std::lock_guard lock(parts.sharedMutex);
  constexpr auto kLimit = static_cast<int>(FunctionAttribute::MaxDynamicSharedSizeBytes);
  int granted = 0;
  const DriverTable &call = parts.device->call();
  auto ok = parts.device->check(call.functionGetAttribute(&granted, kLimit, launch.function), "asking for a limit");
  if (ok && granted < bytes) {
    ok = parts.device->check(call.functionSetAttribute(launch.function, kLimit, static_cast<int>(bytes)),
                             "raising a limit of shared memory");
  }
  return ok ? Result<int64_t>(bytes) : fail(ok);
}

Result<void> CudaSpace::enqueue(const DeviceStep &step, const DeviceLaunch &launch, const DeviceLayout &layout) {
  const Step &cut = *step.step;
  const int64_t blocks = ceilDiv(cut.extent.at(layout.bucket), cut.itemsPerCut) * cut.jobsPerCut;
  if (blocks == 0) {
    return {};
  }
  if (blocks > kMostBlocks) {
    return fail(ErrorKind::BadInput, fmt::format("the batch gives kernel '{}' {} blocks, at most {} are possible",
                                                 launch.stage->symbol, blocks, kMostBlocks));
  }
  const auto shared = sharedBytes(step, launch, layout.bucket);
  if (!shared) {
    return fail(shared);
  }
  // All parameters are addresses: they are handed over as one block.
  std::vector<Address> parameters;
  for (const Operand &operand : launch.stage->operands) {
    parameters.push_back(addressOf(operand, layout));
  }
  size_t bytes = parameters.size() * sizeof(Address);
  std::array<void *, 5> extra{reinterpret_cast<void *>(launchParamBuffer), parameters.data(),
                              reinterpret_cast<void *>(launchParamBufferSize), &bytes,
                              reinterpret_cast<void *>(launchParamEnd)};
  const Status status = parts.device->call().launchKernel(
      launch.function, static_cast<unsigned>(blocks), 1, 1, static_cast<unsigned>(launch.stage->threads), 1, 1,
      static_cast<unsigned>(*shared), stream.get(), nullptr, extra.data());
  return parts.device->check(status, fmt::format("starting kernel '{}'", launch.stage->symbol));
}

Address CudaSpace::addressOf(const Operand &operand, const DeviceLayout &layout) const {
  const auto index = static_cast<size_t>(operand.index);
  switch (operand.kind) {
  case Operand::Kind::Buffer:
    return bufferAt(operand.index, layout);
  case Operand::Kind::Constant:
    return reinterpret_cast<Address>(base.constants[index]);
  case Operand::Kind::Input:
    return arena.address() + static_cast<Address>(layout.inputsAt + layout.inputs[index]);
  case Operand::Kind::State:
    break;
  }
  return 0;
}

const float *CudaSpace::output(size_t index) const {
  const auto buffer = static_cast<size_t>(base.program.outputs[index].buffer);
  return reinterpret_cast<const float *>(got.host() + current->buffers[buffer] - current->outputsAt);
}

} // namespace clew::cuda
