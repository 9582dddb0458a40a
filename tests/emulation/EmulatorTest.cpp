// The emulator finds what it promises to find, each fault planted once beside the kernel that is right.
#include "tests/emulation/Emulator.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace clew;
using namespace clew::emulation;

namespace {

constexpr int32_t kThreads = 64;

float *sharedOf(EmulatedThread *t) { return static_cast<float *>(t->shared); }

float load(EmulatedThread *t, const float *at) {
  t->access(t, at, 4, 0);
  return *at;
}
void store(EmulatedThread *t, float *at, float value) {
  t->access(t, at, 4, 1);
  *at = value;
}

enum class Fault : uint8_t { None, NoBarrier, TwoPlaces, EarlyEnd, BeyondEnd, BeyondShared, OtherBlock, LoneShuffle };

/// Each thread passes its block's x to the next thread through shared memory: y[i] = x[i - 1], around the block.
template <Fault fault> void rotate(void *const *operands, EmulatedThread *t) {
  auto *x = static_cast<const float *>(operands[0]);
  auto *y = static_cast<float *>(operands[1]);
  if (fault == Fault::EarlyEnd && t->thread == 7) {
    return;
  }
  const int32_t own = t->block * t->threads + t->thread;
  store(t, sharedOf(t) + t->thread + (fault == Fault::BeyondShared ? 1 : 0), load(t, x + own));
  if (fault != Fault::NoBarrier) {
    t->barrier(t, fault == Fault::TwoPlaces && t->thread < 32 ? 2 : 1);
  }
  const float found = load(t, sharedOf(t) + (t->thread + t->threads - 1) % t->threads);
  const int32_t shift = fault == Fault::BeyondEnd ? 1 : fault == Fault::OtherBlock ? -t->block * t->threads : 0;
  store(t, y + own + shift, found);
}

/// A barrier that one of two warps does not come to.
void meetInHalves(void *const *, EmulatedThread *t) {
  if (t->thread < 32) {
    t->barrier(t, 1);
  }
}

/// The sum of each warp, in all of its threads.
template <Fault fault> void sum(void *const *operands, EmulatedThread *t) {
  auto *x = static_cast<const float *>(operands[0]);
  auto *y = static_cast<float *>(operands[1]);
  const int32_t own = t->block * t->threads + t->thread;
  auto bits = static_cast<uint32_t>(load(t, x + own));
  for (int32_t away = 16; away > 0; away /= 2) {
    if (fault == Fault::LoneShuffle && t->thread == 40) {
      continue;
    }
    bits += t->shuffle(t, 1, bits, (t->thread % 32) ^ away);
  }
  store(t, y + own, static_cast<float>(bits));
}

struct Run {
  std::vector<float> x, y;
  Result<void> done;

  explicit Run(EmulatedKernel kernel, int64_t blocks = 3, uint64_t seed = 1)
      : x(static_cast<size_t>(blocks * kThreads)), y(x.size(), -1.0F) {
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = static_cast<float>(i % 97);
    }
    const std::array<void *, 2> operands{x.data(), y.data()};
    const auto bytes = static_cast<int64_t>(4 * x.size());
    const std::array memory{MemoryRegion{y.data(), bytes}, MemoryRegion{x.data(), bytes}};
    done = emulate(kernel, operands, memory, {blocks, kThreads, 4 * kThreads, seed});
  }
  std::string fault() const { return done ? "" : done.error().message; }
};

bool contains(const std::string &text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("kernels that are right give what they must in any order") {
  for (uint64_t seed : {1U, 2U, 3U}) {
    const Run rotated(rotate<Fault::None>, 3, seed);
    REQUIRE_MESSAGE(rotated.done, rotated.fault());
    for (size_t i = 0; i < rotated.y.size(); ++i) {
      CHECK(rotated.y[i] == rotated.x[i % kThreads == 0 ? i + kThreads - 1 : i - 1]);
    }
    const Run summed(sum<Fault::None>, 2, seed);
    REQUIRE_MESSAGE(summed.done, summed.fault());
    for (size_t warp = 0; warp < summed.y.size(); warp += 32) {
      float expected = 0;
      for (size_t i = warp; i < warp + 32; ++i) {
        expected += summed.x[i];
      }
      CHECK(summed.y[warp] == expected);
      CHECK(summed.y[warp + 31] == expected);
    }
  }
}

TEST_CASE("planted faults are found") {
  CHECK(contains(Run(rotate<Fault::NoBarrier>).fault(), "races with another thread"));
  CHECK(contains(Run(meetInHalves).fault(), "divergent barrier"));
  CHECK(contains(Run(rotate<Fault::TwoPlaces>).fault(), "different places"));
  CHECK(contains(Run(rotate<Fault::EarlyEnd>).fault(), "1 have ended"));
  CHECK(contains(Run(rotate<Fault::BeyondEnd>).fault(), "outside of the memory"));
  CHECK(contains(Run(rotate<Fault::BeyondShared>).fault(), "outside of the memory"));
  CHECK(contains(Run(rotate<Fault::OtherBlock>).fault(), "global memory races"));
  CHECK(contains(Run(sum<Fault::LoneShuffle>).fault(), "divergent warp"));
}

TEST_CASE("shared memory holds nothing of what was there before") {
  const EmulatedKernel read = [](void *const *operands, EmulatedThread *t) {
    const float found = load(t, sharedOf(t) + t->thread);
    store(t, static_cast<float *>(operands[1]) + t->block * t->threads + t->thread, found);
  };
  const Run run(read);
  REQUIRE(run.done);
  for (float value : run.y) {
    CHECK(std::isnan(value));
  }
}

TEST_CASE("launches that no device has are refused") {
  for (EmulatedLaunch launch : {EmulatedLaunch{1, 48, 0}, EmulatedLaunch{1, 0, 0}, EmulatedLaunch{1, 2048, 0}}) {
    auto done = emulate(rotate<Fault::None>, {}, {}, launch);
    REQUIRE_FALSE(done);
    CHECK(done.error().kind == ErrorKind::BadInput);
  }
}
