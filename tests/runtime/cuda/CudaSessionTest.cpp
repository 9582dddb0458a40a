// Sessions on the stand-in for a GPU: whole Programs against plain loops, in all element types and many sizes; graphs, copies and leaks are
// counted, and what runs in any legal order gives the same.
#include "runtime/cuda/BucketSize.h"
#include "runtime/session/Session.h"
#include "tests/runtime/cuda/DeviceProgram.h"
#include "tests/runtime/cuda/StandIn.h"

#include <atomic>
#include <cmath>
#include <thread>

using namespace clew;
using namespace clew::test;

namespace {

struct OwnedBatch {
  std::vector<int32_t> ids, offsets;
  operator Batch() const { return {ids, {}, offsets}; }
};

OwnedBatch batchOf(int32_t tokens, int32_t seed) {
  OwnedBatch batch;
  for (int32_t i = 0; i < tokens; ++i) {
    batch.ids.push_back((i * 7 + seed * 3) % static_cast<int32_t>(kDeviceWords));
  }
  batch.offsets = {0, tokens};
  return batch;
}

std::shared_ptr<const Executable> makeExecutable(DType dtype) {
  Program program = deviceProgram(dtype);
  Weights weights = randomWeights(program, 1, 1);
  auto executable = Executable::create(std::move(program), std::move(weights), {});
  REQUIRE_MESSAGE(executable.has_value(), executable.error().render());
  return *executable;
}

/// The largest difference from plain loops; NaN counts as infinite.
float differenceOf(Session &session, const OwnedBatch &batch) {
  const auto ran = session.run(batch);
  REQUIRE_MESSAGE(ran.has_value(), ran.error().render());
  const Executable &executable = session.executable();
  const std::vector<float> expected = expectedHidden(executable.program(), executable.weights(), batch.ids);
  const auto hidden = session.output("hidden");
  REQUIRE(hidden.has_value());
  REQUIRE(hidden->values().size() == expected.size());
  float most = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const float difference = std::abs(hidden->values()[i] - expected[i]);
    most = std::isnan(difference) ? INFINITY : std::max(most, difference);
  }
  return most;
}

} // namespace

TEST_CASE("products and launches give what plain loops give, in every size and element type") {
  StandIn gpu;
  for (const DType dtype : {DType::F32, DType::BF16, DType::S8}) {
    CAPTURE(nameOf(dtype));
    {
      auto session = Session::create(makeExecutable(dtype));
      REQUIRE(session.has_value());
      for (const int32_t tokens : {1, 3, 16, 17, 18, 40, 2, 17, 16, 40, 70, 17}) {
        CAPTURE(tokens);
        CHECK(differenceOf(*session, batchOf(tokens, tokens)) < 1e-5F);
        CHECK(session->output("sums")->rows == tokens);
      }
      CHECK(session->bytes() > 0);
    }
    CHECK(gpu.problems() == "");
    CHECK(gpu.leaks() == "");
  }
}

TEST_CASE("a bucket that comes again runs its graph: one launch and one wait a batch, one copy each way") {
  StandIn gpu;
  auto session = Session::create(makeExecutable(DType::S8));
  REQUIRE(session.has_value());
  differenceOf(*session, batchOf(33, 0));
  CHECK(gpu.count("cuGraphLaunch") == 0);
  differenceOf(*session, batchOf(34, 1)); // another size of the same bucket
  CHECK(gpu.count("cuGraphLaunch") == 1);
  const int64_t launches = gpu.count("cuLaunchKernel");
  const int64_t copies = gpu.count("copy");
  const int64_t waits = gpu.count("cuStreamSynchronize");
  for (int32_t i = 0; i < 5; ++i) {
    CHECK(differenceOf(*session, batchOf(33 + i % 4, i)) < 1e-5F);
  }
  CHECK(gpu.count("cuGraphLaunch") == 6);
  CHECK(gpu.count("cuLaunchKernel") == launches);
  CHECK(gpu.count("copy") == copies + 2 * 5);
  CHECK(gpu.count("cuStreamSynchronize") == waits + 5);
  CHECK(gpu.problems() == "");
}

TEST_CASE("memory that grows takes the graphs of smaller batches along") {
  StandIn gpu;
  auto session = Session::create(makeExecutable(DType::F32));
  REQUIRE(session.has_value());
  for (const int32_t tokens : {5, 5, 5, 2000, 5, 5, 2000, 2000}) {
    CHECK(differenceOf(*session, batchOf(tokens, 1)) < 1e-5F);
  }
  CHECK(gpu.count("cuGraphLaunch") > 0);
  CHECK(gpu.problems() == "");
}

TEST_CASE("a stream that cannot be captured runs call by call") {
  StandIn gpu;
  gpu.configure("fail=cuStreamEndCapture:900:1");
  auto session = Session::create(makeExecutable(DType::F32));
  REQUIRE(session.has_value());
  for (int32_t i = 0; i < 4; ++i) {
    CHECK(differenceOf(*session, batchOf(9, i)) < 1e-5F);
  }
  CHECK(gpu.count("cuGraphLaunch") == 0);
  CHECK(gpu.problems() == "");
}

TEST_CASE("weights are on the device once, however many Sessions there are; they run at once") {
  StandIn gpu;
  gpu.configure("seed=7");
  const auto executable = makeExecutable(DType::BF16);
  const int64_t uploads = gpu.count("cuMemcpyHtoDAsync_v2");
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int32_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      auto session = Session::create(executable);
      for (int32_t i = 0; session && i < 12; ++i) {
        const OwnedBatch batch = batchOf(1 + (i * 5 + thread) % 30, thread);
        const std::vector<float> expected = expectedHidden(executable->program(), executable->weights(), batch.ids);
        const bool ran = session->run(batch).has_value();
        const auto hidden = session->output("hidden");
        for (size_t k = 0; k < expected.size(); ++k) {
          wrong += !ran || !(std::abs(hidden->values()[k] - expected[k]) < 1e-5F);
        }
      }
      wrong += !session;
    });
  }
  threads.clear();
  CHECK(wrong == 0);
  CHECK(gpu.count("cuMemcpyHtoDAsync_v2") > uploads); // batches
  CHECK(gpu.problems() == "");
}

TEST_CASE("facts say what computes") {
  StandIn gpu;
  const auto executable = makeExecutable(DType::F32);
  std::map<std::string, std::string> facts;
  for (const auto &[name, value] : executable->facts()) {
    facts[name] = value;
  }
  CHECK(facts["device"] == "Clew's stand-in for a GPU");
  CHECK(facts["chip"] == "sm_80");
  CHECK(facts["driver"] == "CUDA 13.0");
  CHECK(facts["kernels"] == "emulated on the CPU");
  CHECK(facts["library"] == "cuBLASLt 13.0.0");
}

TEST_CASE("buckets waste at most an eighth") {
  for (int64_t count = 0; count < 5000; ++count) {
    const int64_t bucket = cuda::bucketCount(count);
    CHECK(bucket >= count);
    CHECK((bucket - count) * 8 <= count);
    CHECK(cuda::bucketCount(bucket) == bucket);
  }
  CHECK(cuda::bucketCount(16) == 16);
  CHECK(cuda::bucketCount(17) == 18);
  CHECK(cuda::bucketCount(int64_t(INT32_MAX)) < int64_t(1) << 32);
}
