// See Pipeline.h. Every numbered line says why its pass stands there.
#include "compiler/passes/Pipeline.h"

#include "compiler/passes/Passes.h"

#include "mlir/Pass/PassOptions.h"
#include "mlir/Transforms/Passes.h"

namespace clew::compiler {

static void buildGraphPipeline(mlir::OpPassManager &pm, std::string precision) {
  mlir::OpPassManager &graph = pm.nest<mlir::func::FuncOp>();
  // 1. First, because dropout hides what reads what.
  graph.addPass(createInferencePass());
  // Equal reads of a parameter become one.
  graph.addPass(mlir::createCSEPass());
  // 2. Before merging: the input products of both directions read one value.
  graph.addPass(createLowerCellsPass());
  // Before merging: the products of all windows over one value read it once.
  graph.addPass(createSplitWindowsPass());
  // 3. While weights are still read straight from parameters.
  graph.addPass(createMergeLinearPass());
  graph.addPass(mlir::createCanonicalizerPass());
  // 4. Last on the graph: it sees the products that will run.
  graph.addPass(createPrecisionPass({std::move(precision)}));
  // One cast or quantization of a value serves all that read it.
  graph.addPass(mlir::createCSEPass());
}

void buildGraphPipeline(mlir::OpPassManager &pm, Precision precision) {
  buildGraphPipeline(pm, std::string(nameOf(precision)));
}

void buildTrainingPipeline(mlir::OpPassManager &pm) {
  mlir::OpPassManager &graph = pm.nest<mlir::func::FuncOp>();
  // Before differentiation: a recurrence has a gradient, cells are made of it.
  graph.addPass(createLowerCellsPass());
  graph.addPass(createTrainingPass());
  // Equal reads of a parameter become one.
  graph.addPass(mlir::createCSEPass());
  graph.addPass(createDifferentiatePass());
  // Folds products with one, removes gradients that nobody wanted, joins what was computed twice.
  graph.addPass(mlir::createCanonicalizerPass());
  graph.addPass(mlir::createCSEPass());
}

static void buildKernelPipeline(mlir::OpPassManager &pm, std::string cpu, std::string bf16) {
  // 5. First on this side: everything below asks what is a product and what is row-wise.
  pm.addPass(createToKernelPass());
  pm.addNestedPass<mlir::func::FuncOp>(mlir::createCSEPass());
  // 6. After products are known, because they are what row-wise ops gather between.
  pm.addNestedPass<mlir::func::FuncOp>(createFormRowsPass());
  // 7. Over products and finished loops.
  pm.addNestedPass<mlir::func::FuncOp>(createFormChainsPass());
  // 8. After chains: what lives inside one needs no place in the arena.
  pm.addNestedPass<mlir::func::FuncOp>(createPlanBuffersPass());
  // 9. Last: it only adds functions and names.
  pm.addPass(createGeneratePass({std::move(cpu), std::move(bf16)}));
}

void buildKernelPipeline(mlir::OpPassManager &pm, llvm::StringRef cpu, Bf16Products bf16) {
  buildKernelPipeline(pm, cpu.str(), std::string(nameOf(bf16)));
}

void buildDevicePipeline(mlir::OpPassManager &pm) {
  // 5, 6 and 8 of the cpu target, with bytes as GPUs multiply them.
  pm.addPass(createToKernelPass({/*signedBytes=*/true}));
  pm.addNestedPass<mlir::func::FuncOp>(mlir::createCSEPass());
  pm.addNestedPass<mlir::func::FuncOp>(createFormRowsPass());
  pm.addNestedPass<mlir::func::FuncOp>(createPlanBuffersPass());
  // 9. Last: it only adds kernels and names.
  pm.addPass(createGenerateDevicePass());
}

namespace {

struct KernelOptions : mlir::PassPipelineOptions<KernelOptions> {
  Option<std::string> cpu{*this, "cpu", llvm::cl::desc("LLVM's name of the CPU"), llvm::cl::init("host")};
  Option<std::string> bf16{*this, "bf16", llvm::cl::desc("auto, native or widen"), llvm::cl::init("auto")};
};

struct GraphOptions : mlir::PassPipelineOptions<GraphOptions> {
  Option<std::string> type{*this, "type", llvm::cl::desc("f32, bf16 or int8"), llvm::cl::init("f32")};
};

} // namespace

void registerPipelines() {
  mlir::PassPipelineRegistration<KernelOptions>("clew-kernel", "passes 5 to 9: what the cpu target goes through",
                                                [](mlir::OpPassManager &pm, const KernelOptions &options) {
                                                  buildKernelPipeline(pm, options.cpu.getValue(),
                                                                      options.bf16.getValue());
                                                });
  mlir::PassPipelineRegistration<>("clew-device", "what the cuda target goes through after the graph passes",
                                   [](mlir::OpPassManager &pm) { buildDevicePipeline(pm); });
  mlir::PassPipelineRegistration<>("clew-train", "what a graph with a loss goes through to be trained",
                                   [](mlir::OpPassManager &pm) { buildTrainingPipeline(pm); });
  mlir::PassPipelineRegistration<GraphOptions>(
      "clew-graph", "passes 1 to 4: what every target starts from",
      [](mlir::OpPassManager &pm, const GraphOptions &options) { buildGraphPipeline(pm, options.type.getValue()); });
}

} // namespace clew::compiler
