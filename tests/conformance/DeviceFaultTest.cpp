// Generated kernels without one of their barriers: each barrier, taken out alone, must be missed. That shows two things: the emulator finds
// what is missing in real kernels, and kernels wait nowhere without need.
#include "compiler/CompileGraph.h"
#include "compiler/RunPasses.h"
#include "compiler/emit/EmitProgram.h"
#include "compiler/emit/HostForm.h"
#include "compiler/kernel/Plan.h"
#include "compiler/passes/Pipeline.h"
#include "runtime/weights/Weights.h"
#include "tests/emulation/EmulatedProgram.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Parser/Parser.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace clew;
using namespace clew::emulation;

namespace {

std::string read(const std::string &name) {
  std::ifstream stream(CLEW_SOURCE_DIR "/tests/conformance/cases/" + name + ".mlir");
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// The barriers of a module's kernels, of blocks and of warps.
std::vector<mlir::Operation *> barriersIn(mlir::gpu::GPUModuleOp kernels) {
  std::vector<mlir::Operation *> found;
  kernels.walk([&](mlir::Operation *op) {
    if (mlir::isa<mlir::gpu::BarrierOp, mlir::NVVM::SyncWarpOp>(op)) {
      found.push_back(op);
    }
  });
  return found;
}

/// A graph's Program and its kernels.
struct Kernels {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::gpu::GPUModuleOp kernels;
  Program program;

  Kernels(const std::string &text, Precision precision) : context(registry(), mlir::MLIRContext::Threading::DISABLED) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    REQUIRE(module);
    auto passed = compiler::runPasses(*module, [&](mlir::OpPassManager &passes) {
      compiler::buildGraphPipeline(passes, precision);
      compiler::buildDevicePipeline(passes);
    });
    REQUIRE_MESSAGE(passed, passed.error().render());
    kernels = module->lookupSymbol<mlir::gpu::GPUModuleOp>(kernel::kernelsName);
    auto emitted = compiler::emitProgram(*module);
    REQUIRE_MESSAGE(emitted, emitted.error().render());
    program = std::move(*emitted);
    program.model = "test/graph";
    program.target = Target::Cuda;
    program.precision = precision;
    program.scheme = "of a test";
  }

  static mlir::DialectRegistry registry() {
    mlir::DialectRegistry registry;
    compiler::registerCompilerDialects(registry);
    return registry;
  }

  /// What comes of it without barrier `missing`, or with all of them if it is negative.
  Result<void> runWithout(int missing) {
    mlir::OwningOpRef<mlir::gpu::GPUModuleOp> copy(mlir::cast<mlir::gpu::GPUModuleOp>(kernels->clone()));
    if (missing >= 0) {
      barriersIn(*copy)[static_cast<size_t>(missing)]->erase();
    }
    auto object = compiler::compileToHostForm(*copy);
    REQUIRE_MESSAGE(object, object.error().render());
    Program changed = program;
    changed.code = CudaCode{.chip = "sm_80", .ptx = "none", .cubins = {}, .emulation = std::move(*object)};
    Weights weights = randomWeights(changed, 7, 1);
    auto emulated = EmulatedProgram::create(std::move(changed), std::move(weights));
    REQUIRE_MESSAGE(emulated, emulated.error().render());
    const std::vector<int32_t> offsets{0, 5, 41, 43}; // a sequence that takes several tiles of keys
    std::vector<int32_t> ids(43);
    for (size_t i = 0; i < ids.size(); ++i) {
      ids[i] = static_cast<int32_t>((7 * i) % 61);
    }
    return emulated->run({ids, {}, offsets});
  }
};

} // namespace

TEST_CASE("each barrier of each kind of kernel is missed when it is not there") {
  int all = 0;
  const std::pair<std::string, Precision> subjects[] = {
      {"attention_2x64", Precision::F32},  {"lstm_5", Precision::F32},
      {"lstm_48", Precision::Int8},        {"bilstm_projected_5_3", Precision::F32},
      {"bigru_before_5", Precision::F32},  {"viterbi_bioes_9", Precision::F32},
      {"elementwise_312", Precision::F32}, {"window_26", Precision::F32},
      {"linear_312_100", Precision::Int8}};
  for (const auto &[name, precision] : subjects) {
    CAPTURE(name);
    CAPTURE(nameOf(precision));
    Kernels kernels(read(name), precision);
    auto whole = kernels.runWithout(-1);
    CHECK_MESSAGE(whole, whole.error().render());
    const auto count = static_cast<int>(barriersIn(kernels.kernels).size());
    all += count;
    for (int missing = 0; missing < count; ++missing) {
      CAPTURE(missing);
      CHECK_FALSE(kernels.runWithout(missing));
    }
  }
  CHECK(all >= 25);
}
