// What a machine may lack, and what may go wrong on the way: one clear error each, and nothing lost.
#include "runtime/cuda/CudaExecutor.h"
#include "runtime/cuda/KernelModule.h"
#include "runtime/session/Session.h"
#include "tests/runtime/cuda/DeviceProgram.h"
#include "tests/runtime/cuda/StandIn.h"
#include "tests/runtime/program/SmallProgram.h"

#include <cstdlib>

using namespace clew;
using namespace clew::test;

namespace {

using Made = Result<std::shared_ptr<const Executable>>;

Made tryExecutable(Program program) {
  Weights weights = randomWeights(program, 1, 1);
  return Executable::create(std::move(program), std::move(weights), {});
}

std::string renderedOf(const Made &made) { return made ? "" : made.error().render(); }

bool has(const std::string &text, std::string_view part) { return text.find(part) != std::string::npos; }

/// What a machine with those settings says of the f32 Program.
std::string refusal(const std::string &settings) {
  StandIn gpu;
  gpu.configure(settings);
  const std::string said = renderedOf(tryExecutable(deviceProgram(DType::F32)));
  CHECK(said.find('\n') == std::string::npos);
  CHECK(gpu.problems() == "");
  gpu.find<void()>("clewStandInForget")();
  CHECK(gpu.leaks() == "");
  return said;
}

Batch smallBatch() {
  static const std::vector<int32_t> ids{1, 2, 3};
  static const std::vector<int32_t> offsets{0, 3};
  return {ids, {}, offsets};
}

} // namespace

TEST_CASE("without what it needs, the backend is unavailable in one line") {
  const Program program = deviceProgram(DType::F32);
  const auto without = [&](CudaOptions options) {
    const auto made = makeCudaExecutor(program, options);
    return made ? "" : made.error().render();
  };
  CHECK(has(without({.driver = "/nowhere/libcuda.so.1"}), "Unavailable: no NVIDIA driver on this machine: "));
  CHECK(has(without({.driver = "libz.so.1"}), "Unavailable: the NVIDIA driver is too old: "));
  CHECK(has(without({.blas = "/nowhere/libcublasLt.so"}), "Unavailable: no cuBLASLt for CUDA 13.0 on this machine: "));
  CHECK(has(without({.deterministic = true}), "error: on cuda the sums of products change"));
  setenv("NVIDIA_TF32_OVERRIDE", "1", 1);
  CHECK(has(without({}), "NVIDIA_TF32_OVERRIDE=1 makes cuBLASLt multiply f32 as something else"));
  setenv("NVIDIA_TF32_OVERRIDE", "0", 1);
  CHECK(without({}) == "");
  unsetenv("NVIDIA_TF32_OVERRIDE");
  CHECK(refusal("devices=0") == "Unavailable: the NVIDIA driver finds no GPU");
  CHECK(refusal("version=11080") == "Unavailable: the NVIDIA driver runs CUDA 11.8, expected 12.0 or newer");
  CHECK(refusal("chip=75") ==
        "Unavailable: 'Clew's stand-in for a GPU' is a chip of sm_75, the program needs sm_80 or newer");
  CHECK(has(refusal("fail=cuInit:803:1"), "Unavailable: the NVIDIA driver does not start: "));
  CHECK(has(refusal("fail=cuDevicePrimaryCtxRetain:46:1"), "Unavailable: opening 'Clew's stand-in for a GPU': "));
  CHECK(has(refusal("fail=cuModuleLoadDataEx:222:1"), "install a newer one"));
  CHECK(has(refusal("fail=cuModuleLoadDataEx:221:1"), "libnvidia-ptxjitcompiler"));
}

TEST_CASE("memory that runs out is an error with sizes, and smaller batches go on") {
  CHECK(has(refusal("memory=1000000"),
            "taking 33.6 MB of the GPU's memory (1.0 of 1.0 MB are free): CUDA_ERROR_OUT_OF_MEMORY"));
  StandIn gpu;
  gpu.configure("memory=80000000");
  auto executable = tryExecutable(deviceProgram(DType::F32));
  REQUIRE_MESSAGE(executable.has_value(), executable.error().render());
  auto session = Session::create(*executable);
  REQUIRE(session.has_value());
  CHECK(session->run(smallBatch()).has_value());
  const std::vector<int32_t> ids(200000, 1);
  const std::vector<int32_t> offsets{0, 200000};
  const auto large = session->run({ids, {}, offsets});
  REQUIRE_FALSE(large.has_value());
  CHECK(large.error().kind == ErrorKind::Io);
  CHECK(has(large.error().message, "use smaller batches"));
  CHECK(session->outputs().empty());
  CHECK(session->run(smallBatch()).has_value());
  CHECK(gpu.problems() == "");
}

TEST_CASE("a device that is lost in the middle is lost to all, with the first error") {
  StandIn gpu;
  auto executable = tryExecutable(deviceProgram(DType::F32));
  REQUIRE(executable.has_value());
  auto one = Session::create(*executable);
  auto two = Session::create(*executable);
  REQUIRE((one.has_value() && two.has_value()));
  REQUIRE(one->run(smallBatch()).has_value());
  gpu.configure("fail=kernel:719:2");
  const auto lost = one->run(smallBatch());
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().render() == "Unavailable: running the program on the GPU: CUDA_ERROR_LAUNCH_FAILED (719): the "
                                 "stand-in says so; the GPU is lost to this process; start it again");
  CHECK(one->outputs().empty());
  CHECK(two->run(smallBatch()).error().message == lost.error().message);
  CHECK(one->run(smallBatch()).error().message == lost.error().message);
  CHECK_FALSE(Session::create(*executable).has_value());
}

TEST_CASE("kernels that the code lacks, and memory that a kernel may not touch") {
  {
    StandIn gpu;
    Program program = deviceProgram(DType::F32);
    std::get<Launch>(program.steps[0].stages[0]).symbol = "noSuchKernel";
    const Made made = tryExecutable(program);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().render() == "embedRows.yaml:1: error: the program's code has no kernel 'noSuchKernel'");
    program = deviceProgram(DType::F32);
    std::get<CudaCode>(program.code).emulation =
        "not an object, but long enough to have the header of one, which is 64";
    CHECK(has(renderedOf(tryExecutable(program)), "expected an object of emulated kernels"));
    std::get<CudaCode>(program.code).emulation.clear();
    CHECK(has(renderedOf(tryExecutable(program)), "the program carries no emulated kernels"));
    program = deviceProgram(DType::F32);
    std::get<Launch>(program.steps.back().stages[0]).shared.constant = 1 << 20;
    const Made large = tryExecutable(program);
    REQUIRE(large.has_value());
    CHECK(has(Session::create(*large)->run(smallBatch()).error().render(),
              "sumRows.yaml:1: error: kernel 'sumRows' needs"));
    std::get<Launch>(program.steps.back().stages[0]).shared.constant = 100 << 10; // more than without asking
    const Made enough = tryExecutable(program);
    REQUIRE(enough.has_value());
    CHECK(Session::create(*enough)->run(smallBatch()).has_value());
  }
  StandIn gpu;
  Program program = deviceProgram(DType::F32);
  std::get<Launch>(program.steps.back().stages[0]).symbol = "strayRows";
  const Made stray = tryExecutable(program);
  REQUIRE(stray.has_value());
  auto session = Session::create(*stray);
  REQUIRE(session.has_value());
  CHECK_FALSE(session->run(smallBatch()).has_value());
  CHECK(has(gpu.problems(), "'strayRows': block"));
  CHECK(has(gpu.problems(), "outside of the memory that it may touch"));
}

TEST_CASE("of cubins the best for the chip is taken") {
  CudaCode code{"sm_80", "text", {{"sm_80", "a"}, {"sm_86", "b"}, {"sm_90", "c"}, {"sm_90a", "d"}, {"sm_120", "e"}}};
  const auto chosen = [&](int chip) {
    const Cubin *cubin = cuda::cubinFor(code, chip);
    return cubin ? cubin->chip : "";
  };
  CHECK(chosen(80) == "sm_80");
  CHECK(chosen(86) == "sm_86");
  CHECK(chosen(89) == "sm_86");
  CHECK(chosen(90) == "sm_90a");
  CHECK(chosen(100) == "");
  CHECK(chosen(120) == "sm_120");
  CHECK(chosen(121) == "sm_120");
  CHECK(chosen(75) == "");
}
