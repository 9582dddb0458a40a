// Memory plans: nothing that lives at the same time overlaps, and little is wasted.
#include "runtime/program/MemoryPlan.h"

#include "runtime/program/Executor.h"
#include "tests/runtime/program/SmallProgram.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <random>

using namespace clew;
using namespace clew::test;

namespace {

Buffer makeBuffer(int64_t columns, int32_t first, int32_t last, DType dtype = DType::F32) {
  Buffer buffer;
  buffer.name = "b";
  buffer.dtype = dtype;
  buffer.rows = Extent::of(kTokenLevel);
  buffer.columns = columns;
  buffer.first = first;
  buffer.last = last;
  return buffer;
}

/// Checks what every plan promises.
MemoryPlan checkedPlan(const std::vector<Buffer> &buffers, const BatchSize &size) {
  auto plan = planMemory(buffers, size);
  REQUIRE(plan.has_value());
  REQUIRE(plan->offsets.size() == buffers.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    if (buffers[i].local) {
      CHECK(plan->offsets[i] == -1);
      continue;
    }
    const int64_t begin = plan->offsets[i];
    const int64_t end = begin + *plannedBytes(buffers[i], size);
    REQUIRE((begin >= 0 && begin % kAlignment == 0 && end <= plan->bytes));
    for (size_t j = 0; j < i; ++j) {
      const bool meet = buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last;
      if (meet && !buffers[j].local) {
        const int64_t other = plan->offsets[j];
        REQUIRE((end <= other || other + *plannedBytes(buffers[j], size) <= begin));
      }
    }
  }
  CHECK(plan->bytes >= plan->lowerBound);
  return *plan;
}

/// The buffers of an encoder of `layers` layers: residual, QKV, attention, output, norm, feed-forward.
std::vector<Buffer> encoder(int layers, int64_t hidden, int64_t inner) {
  std::vector<Buffer> buffers{makeBuffer(hidden, 0, 4)};
  for (int layer = 0; layer < layers; ++layer) {
    const int step = 1 + 7 * layer;
    buffers.push_back(makeBuffer(3 * hidden, step, step + 1));     // QKV
    buffers.push_back(makeBuffer(hidden, step + 1, step + 2));     // attention
    buffers.push_back(makeBuffer(hidden, step + 2, step + 3));     // its output
    buffers.push_back(makeBuffer(hidden, step + 3, step + 6));     // norm; residual of what follows
    buffers.push_back(makeBuffer(inner, step + 4, step + 5));      // up
    buffers.push_back(makeBuffer(hidden, step + 5, step + 6));     // down
    buffers.push_back(makeBuffer(hidden, step + 6, step + 7 + 3)); // norm
  }
  buffers.back().last = 1 + 7 * layers;
  return buffers;
}

} // namespace

TEST_CASE("buffers are padded to whole blocks of rows and to the alignment") {
  CHECK(*plannedBytes(makeBuffer(3, 0, 0), sizeOf(1, 1, 1)) == 16 * 3 * 4);
  CHECK(*plannedBytes(makeBuffer(3, 0, 0, DType::U8), sizeOf(17, 1, 17)) == 128); // 32 x 3 = 96
  Buffer scores = makeBuffer(0, 0, 0);
  scores.columnsPerLongest = 2;
  CHECK(*plannedBytes(scores, sizeOf(16, 4, 5)) == 16 * 10 * 4);
}

TEST_CASE("buffers share space when their lives do not meet, and only then") {
  const auto plan = checkedPlan({makeBuffer(16, 0, 1), makeBuffer(16, 1, 2), makeBuffer(16, 2, 3)}, sizeOf(16, 1, 16));
  CHECK(plan.bytes == 2 * 16 * 16 * 4);
  CHECK(plan.offsets[0] == plan.offsets[2]);
  Buffer local = makeBuffer(1000, 1, 1);
  local.local = true;
  CHECK(checkedPlan({makeBuffer(16, 0, 1), local}, sizeOf(16, 1, 16)).bytes == 16 * 16 * 4);
  CHECK(checkedPlan({}, sizeOf(16, 1, 16)).bytes == 0);
}

TEST_CASE("random buffers never overlap") {
  std::mt19937 random(7);
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  double worst = 1;
  for (int round = 0; round < 300; ++round) {
    std::vector<Buffer> buffers;
    const int steps = 1 + below(30);
    for (int i = below(60); i >= 0; --i) {
      const int first = below(steps);
      buffers.push_back(
          makeBuffer(1 + below(200), first, std::min(steps, first + below(6)), below(3) == 0 ? DType::U8 : DType::F32));
      buffers.back().rows = {below(20), below(2), below(3), below(2)};
      buffers.back().local = below(8) == 0;
      buffers.back().last = buffers.back().local ? first : buffers.back().last;
    }
    const auto plan = checkedPlan(buffers, sizeOf(1 + below(500), 1 + below(10), 1 + below(100)));
    if (plan.lowerBound > 0) {
      worst = std::max(worst, static_cast<double>(plan.bytes) / static_cast<double>(plan.lowerBound));
    }
  }
  CHECK(worst < 1.7);
  MESSAGE("worst ratio to the lower bound: ", worst);
}

TEST_CASE("encoders waste little") {
  for (auto [layers, hidden, inner] : {std::tuple{12, 768, 3072}, {24, 1024, 4096}, {4, 312, 1200}, {6, 256, 1024}}) {
    const auto plan = checkedPlan(encoder(layers, hidden, inner), sizeOf(512, 4, 128));
    const double ratio = static_cast<double>(plan.bytes) / static_cast<double>(plan.lowerBound);
    MESSAGE(layers, " layers of ", hidden, ": ", plan.bytes >> 10, " KiB, ", ratio, " of the lower bound");
    CHECK(ratio <= 1.2);
  }
}

TEST_CASE("a batch that cannot be addressed is an error") {
  Buffer buffer = makeBuffer(INT32_MAX, 0, 0);
  buffer.columnsPerLongest = 1 << 28;
  buffer.rows = {INT32_MAX, kTokenLevel, 1 << 28, 1 << 28};
  const auto plan = planMemory(std::span(&buffer, 1), sizeOf(INT32_MAX, INT32_MAX, INT32_MAX));
  REQUIRE_FALSE(plan.has_value());
  CHECK(plan.error().kind == ErrorKind::BadInput);
}
