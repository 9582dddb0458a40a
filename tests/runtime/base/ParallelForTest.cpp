// parallelFor: every job once, thread numbers that are never shared, no deadlock however calls are nested or crowded.
#include "runtime/base/ParallelFor.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <doctest/doctest.h>
#include <limits>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace clew;

TEST_CASE("each job runs exactly once, in any number of threads") {
  for (int threads : {-1, 0, 1, 2, 3, 8}) {
    for (int64_t jobs : {0, 1, 2, 7, 1000}) {
      std::vector<int> runs(static_cast<size_t>(jobs)); // plain ints: a data race here is a bug of parallelFor
      parallelFor(threads, jobs, [&](int64_t job, int thread) {
        CHECK(thread >= 0);
        CHECK(thread < std::max(threads, 1));
        ++runs[static_cast<size_t>(job)];
      });
      for (int count : runs) {
        CHECK(count == 1);
      }
    }
  }
}

TEST_CASE("a negative number of jobs is none") {
  parallelFor(2, -5, [](int64_t, int) { FAIL("ran"); });
}

TEST_CASE("one thread runs jobs in order on the caller") {
  std::vector<int64_t> order;
  auto caller = std::this_thread::get_id();
  parallelFor(1, 5, [&](int64_t job, int thread) {
    CHECK(std::this_thread::get_id() == caller);
    CHECK(thread == 0);
    order.push_back(job);
  });
  CHECK(order == std::vector<int64_t>{0, 1, 2, 3, 4});
}

TEST_CASE("no two bodies at once have the same thread number, and helpers do come") {
  constexpr int threads = 4;
  std::atomic<bool> busy[threads] = {};
  std::atomic<int> helped{0};
  // A sleeping helper may miss a short call, so call until one came.
  for (int round = 0; round < 200 && helped == 0; ++round) {
    parallelFor(threads, 32, [&](int64_t, int thread) {
      CHECK_FALSE(busy[thread].exchange(true));
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      helped += thread != 0;
      busy[thread] = false;
    });
  }
  CHECK(helped > 0);
}

TEST_CASE("nested calls run alone, with scratch of their own") {
  std::atomic<int> inner{0};
  parallelFor(3, 10, [&](int64_t, int) {
    auto outer = std::this_thread::get_id();
    parallelFor(3, 10, [&](int64_t, int thread) {
      CHECK(thread == 0);
      CHECK(std::this_thread::get_id() == outer);
      ++inner;
    });
  });
  CHECK(inner == 100);
}

TEST_CASE("many callers at once share the pool") {
  std::atomic<int64_t> sum{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 300; ++round) {
        int64_t scratch[3] = {}; // indexed by thread: a shared number would be a data race
        parallelFor(3, 20, [&](int64_t job, int thread) { scratch[thread] += job; });
        sum += scratch[0] + scratch[1] + scratch[2];
      }
    });
  }
  for (std::thread &caller : callers) {
    caller.join();
  }
  CHECK(sum == 8 * 300 * 190);
}

TEST_CASE("workers that fell asleep come back") {
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::atomic<int> runs{0};
    parallelFor(2, 50, [&](int64_t, int) { ++runs; });
    CHECK(runs == 50);
  }
}

TEST_CASE("denormals are zero inside, on every thread, and as before outside") {
  volatile float tiny = std::numeric_limits<float>::denorm_min();
  std::atomic<int> seen{0};
  parallelFor(2, 64, [&](int64_t, int) { seen += tiny * 1.0F != 0.0F; });
  parallelFor(1, 1, [&](int64_t, int) { seen += tiny * 1.0F != 0.0F; });
#if defined(__x86_64__) || defined(__aarch64__)
  CHECK(seen == 0);
#endif
  CHECK(tiny * 1.0F != 0.0F);
}

#ifndef CLEW_SANITIZED // ThreadSanitizer does not follow a fork
TEST_CASE("a forked child computes with a pool of its own") {
  parallelFor(2, 10, [](int64_t, int) {});
  pid_t child = fork();
  if (child == 0) {
    std::atomic<int> runs{0};
    parallelFor(2, 100, [&](int64_t, int) { ++runs; });
    _exit(runs == 100 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
#endif
