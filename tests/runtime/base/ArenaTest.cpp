// Arena: aligned, zero, owned once, and honest about sizes that cannot be.
#include "runtime/base/Arena.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <limits>

using namespace clew;

TEST_CASE("arenas are aligned and zero at every size") {
  for (size_t size : {size_t{1}, size_t{63}, size_t{64}, size_t{100000}, Arena::hugeBytes - 1, Arena::hugeBytes,
                      Arena::hugeBytes + 12345}) {
    Result<Arena> arena = Arena::allocate(size);
    REQUIRE(arena.has_value());
    CHECK(arena->size() == size);
    auto address = reinterpret_cast<size_t>(arena->data());
    CHECK(address % (size >= Arena::hugeBytes ? 4096 : 64) == 0);
    CHECK(std::ranges::all_of(arena->as<std::byte>(), [](std::byte byte) { return byte == std::byte{0}; }));
    std::ranges::fill(arena->as<std::byte>(), std::byte{0xff});
  }
}

TEST_CASE("an arena moves, and leaves nothing behind") {
  Arena first = *Arena::allocateArray(10, sizeof(float));
  float *data = first.as<float>().data();
  data[9] = 3.0F;
  Arena second = std::move(first);
  CHECK(first.empty()); // NOLINT(bugprone-use-after-move): what a move leaves behind is what is tested
  CHECK(second.as<float>().data() == data);
  first = std::move(second);
  CHECK(first.as<float>()[9] == 3.0F);
  CHECK(Arena::allocate(0)->empty());
}

TEST_CASE("impossible sizes are errors") {
  CHECK(Arena::allocate(std::numeric_limits<size_t>::max()).error().kind == ErrorKind::Io);
  CHECK(Arena::allocate(size_t{1} << 62).error().kind == ErrorKind::Io);
  CHECK(Arena::allocateArray(-1, 4).error().kind == ErrorKind::BadInput);
  CHECK(Arena::allocateArray(std::numeric_limits<int64_t>::max(), 4).error().kind == ErrorKind::BadInput);
}
