// Parts of a job: what they are, and that together they are the whole.
#include "suites/run/Shard.h"

#include <doctest/doctest.h>

#include <limits>

namespace clew {

TEST_CASE("shards follow each other, differ by one at most, and are the whole together") {
  for (const int64_t things : {int64_t{0}, int64_t{1}, int64_t{7}, int64_t{100}, std::numeric_limits<int64_t>::max()}) {
    for (const int64_t count : {1, 2, 3, 7, 1000}) {
      int64_t at = 0;
      int64_t least = std::numeric_limits<int64_t>::max();
      int64_t most = 0;
      for (int64_t index = 1; index <= count; ++index) {
        const auto [first, last] = Shard{index, count}.rangeOf(things);
        CHECK(first == at);
        CHECK(last >= first);
        least = std::min(least, last - first);
        most = std::max(most, last - first);
        at = last;
      }
      CHECK(at == things);
      CHECK(most - least <= 1);
    }
  }
}

TEST_CASE("i/n, and nothing else") {
  const Result<Shard> shard = parseShard("3/40");
  REQUIRE(shard);
  CHECK(shard->index == 3);
  CHECK(shard->count == 40);
  CHECK_FALSE(shard->isWhole());
  CHECK(parseShard("1/1")->isWhole());
  CHECK(parseShard("1000000/1000000"));
  for (const char *text : {"", "/", "1", "0/1", "2/1", "-1/2", "1/-2", "1/2/3", " 1/2", "1/2 ", "1.0/2", "1/1000001",
                           "99999999999999999999/3"}) {
    CAPTURE(text);
    CHECK_FALSE(parseShard(text));
  }
}

} // namespace clew
