// See DeviceCode.h. gpu, math, arith, scf -> NVVM and LLVM dialects -> LLVM IR -> PTX.
#include "compiler/emit/DeviceCode.h"

#include "compiler/emit/ObjectCode.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <mutex>

using namespace mlir;

namespace clew::compiler {
namespace {

Result<std::unique_ptr<llvm::TargetMachine>> deviceMachine() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
  std::string message;
  const llvm::Triple triple("nvptx64-nvidia-cuda");
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target) {
    return fail(ErrorKind::Unsupported, message);
  }
  // The least version of PTX that knows the chip.
  std::unique_ptr<llvm::TargetMachine> machine(
      target->createTargetMachine(triple, kDeviceChip, "+ptx70", llvm::TargetOptions(), llvm::Reloc::PIC_,
                                  llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default));
  if (!machine) {
    return fail(ErrorKind::Unsupported, "LLVM has no code generator for NVPTX");
  }
  return machine;
}

/// gpu, arith and cf to NVVM and LLVM. Upstream's pass (convert-gpu-to-nvvm) would refuse LLVM's own square root, which PTX has, and call
/// libdevice for it.
struct GpuToNvvm : PassWrapper<GpuToNvvm, OperationPass<gpu::GPUModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(GpuToNvvm)

  StringRef getArgument() const override { return "clew-gpu-to-nvvm"; }

  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<LLVM::LLVMDialect, NVVM::NVVMDialect>();
  }

  void runOnOperation() override {
    LowerToLLVMOptions options(&getContext());
    options.overrideIndexBitwidth(64);
    LLVMTypeConverter converter(&getContext(), options);
    configureGpuToNVVMTypeConverter(converter);
    RewritePatternSet patterns(&getContext());
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    populateGpuToNVVMConversionPatterns(converter, patterns);
    LLVMConversionTarget target(getContext());
    target.addLegalDialect<NVVM::NVVMDialect>();
    target.addIllegalDialect<gpu::GPUDialect>();
    target.addLegalOp<gpu::GPUModuleOp>();
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns)))) {
      signalPassFailure();
    }
  }
};

void buildToNvvmPipeline(OpPassManager &passes) {
  // 1. As on CPUs: fold index arithmetic, then transcendental functions become polynomials, whose constants are shared.
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createMathPolynomialsPass());
  passes.addPass(createCSEPass());
  passes.addPass(createLoopInvariantCodeMotionPass());
  // 2. Loops to branches.
  passes.addPass(createSCFToControlFlowPass());
  // 3. What is left of math are instructions.
  passes.addPass(createConvertMathToLLVMPass());
  // 4. gpu to NVVM, and the rest with it.
  passes.addPass(std::make_unique<GpuToNvvm>());
  passes.addPass(createReconcileUnrealizedCastsPass());
}

Result<std::unique_ptr<llvm::Module>> lower(gpu::GPUModuleOp kernels, llvm::LLVMContext &context) {
  // In a module of its own: passes ask what stands around it.
  OwningOpRef<ModuleOp> around(ModuleOp::create(kernels.getLoc()));
  auto copy = cast<gpu::GPUModuleOp>(kernels->clone());
  around->push_back(copy);
  std::string message;
  ScopedDiagnosticHandler collect(kernels.getContext(), [&](Diagnostic &diagnostic) {
    message += (message.empty() ? "" : "; ") + diagnostic.str();
    return success();
  });
  PassManager passes(kernels.getContext());
  buildToNvvmPipeline(passes.nest<gpu::GPUModuleOp>());
  if (failed(passes.run(*around))) {
    return fail(ErrorKind::Internal, "device code does not lower: " + message);
  }
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(copy, context, "kernels");
  if (!code) {
    return fail(ErrorKind::Internal, "device code does not translate to LLVM IR: " + message);
  }
  return code;
}

} // namespace

void registerDeviceDialects(DialectRegistry &registry) {
  registry.insert<gpu::GPUDialect, NVVM::NVVMDialect>();
  registerGPUDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
}

Result<std::string> compileToPtx(gpu::GPUModuleOp kernels) {
  auto machine = deviceMachine();
  if (!machine) {
    return fail(machine);
  }
  llvm::LLVMContext context;
  auto code = lower(kernels, context);
  if (!code) {
    return fail(code);
  }
  (*code)->setTargetTriple((*machine)->getTargetTriple());
  (*code)->setDataLayout((*machine)->createDataLayout());
  optimizeCode(**code, **machine, /*unroll=*/true);
  for (const llvm::Function &function : **code) {
    if (function.isDeclaration() && !function.isIntrinsic()) {
      return fail(ErrorKind::Internal, "device code calls '" + function.getName().str() + "'");
    }
  }
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream out(bytes);
  llvm::legacy::PassManager generator;
  if ((*machine)->addPassesToEmitFile(generator, out, nullptr, llvm::CodeGenFileType::AssemblyFile)) {
    return fail(ErrorKind::Internal, "LLVM cannot write PTX");
  }
  generator.run(**code);
  return std::string(bytes.begin(), bytes.end());
}

} // namespace clew::compiler
