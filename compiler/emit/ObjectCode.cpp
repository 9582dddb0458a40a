// Lowers modules of generated functions to LLVM IR, optimizes, and emits object code.
#include "compiler/emit/ObjectCode.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/Extensions/AllExtensions.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <optional>

using namespace mlir;

namespace clew::compiler {
namespace {

/// math.exp, erf, tanh and log become polynomials (relative error about 3e-7), so that no math library is called.
struct MathPolynomials : PassWrapper<MathPolynomials, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(MathPolynomials)

  StringRef getArgument() const override { return "clew-math-polynomials"; }

  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, math::MathDialect, vector::VectorDialect>();
  }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateMathPolynomialApproximationPatterns(patterns, [](StringRef name) {
      return name == math::ExpOp::getOperationName() || name == math::ErfOp::getOperationName() ||
             name == math::TanhOp::getOperationName() || name == math::LogOp::getOperationName();
    });
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      signalPassFailure();
    }
  }
};

/// Runs the pipeline on a copy of `module` and translates it. The module is owned by `context`. Diagnostics become the
/// error's message.
Result<std::unique_ptr<llvm::Module>> lower(ModuleOp module, llvm::LLVMContext &context) {
  OwningOpRef<ModuleOp> copy(cast<ModuleOp>(module->clone()));
  std::string message;
  ScopedDiagnosticHandler collect(module.getContext(), [&](Diagnostic &diagnostic) {
    message += (message.empty() ? "" : "; ") + diagnostic.str();
    return success();
  });
  PassManager passes(module.getContext());
  buildToLlvmPipeline(passes);
  if (failed(passes.run(*copy))) {
    return fail(ErrorKind::Internal, "generated code does not lower: " + message);
  }
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(copy.get(), context);
  if (!code) {
    return fail(ErrorKind::Internal, "generated code does not translate to LLVM IR: " + message);
  }
  return code;
}

Result<std::unique_ptr<llvm::TargetMachine>> machineFor(const TargetCpu &cpu) {
  std::string message;
  llvm::Triple triple(cpu.triple);
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target) {
    return fail(ErrorKind::Unsupported, message);
  }
  llvm::TargetOptions options;
  options.FunctionSections = false;
  options.DataSections = false;
  // Outside a just-in-time session: otherwise LLVM would take the large code model.
  std::unique_ptr<llvm::TargetMachine> machine(
      target->createTargetMachine(triple, cpu.name, cpu.featureString, options, llvm::Reloc::PIC_,
                                  llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default, /*JIT=*/false));
  if (!machine) {
    return fail(ErrorKind::Unsupported, "LLVM has no code generator for " + cpu.triple);
  }
  return machine;
}

/// Promises about our functions that the translation does not make.
void annotate(llvm::Module &module, const TargetCpu &cpu) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration()) {
      continue;
    }
    function.addFnAttr(llvm::Attribute::NoUnwind);
    function.addFnAttr("target-cpu", cpu.name);
    function.addFnAttr("target-features", cpu.featureString);
    // Some CPUs' tuning splits 512-bit vectors; ours are that wide on purpose.
    function.addFnAttr("prefer-vector-width", std::to_string(cpu.lanes * 32));
  }
}

/// LLVM IR of the module, optimized. Owned by `context`.
Result<std::unique_ptr<llvm::Module>> optimized(ModuleOp module, const TargetCpu &cpu, llvm::TargetMachine &machine,
                                                llvm::LLVMContext &context) {
  Result<std::unique_ptr<llvm::Module>> lowered = lower(module, context);
  if (!lowered) {
    return fail(lowered);
  }
  std::unique_ptr<llvm::Module> code = std::move(*lowered);
  code->setTargetTriple(machine.getTargetTriple());
  code->setDataLayout(machine.createDataLayout());
  annotate(*code, cpu);
  optimizeCode(*code, machine, /*unroll=*/false);
  return code;
}

/// Refuses objects that would need more than CodeImage gives them.
Result<std::string> checked(std::string object) {
  auto file = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, "generated code"));
  if (!file) {
    return fail(ErrorKind::Internal, llvm::toString(file.takeError()));
  }
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    llvm::Expected<uint32_t> flags = symbol.getFlags();
    llvm::Expected<llvm::StringRef> name = symbol.getName();
    if (!flags || !name) {
      llvm::consumeError(flags.takeError());
      llvm::consumeError(name.takeError());
      return fail(ErrorKind::Internal, "generated code has an unreadable symbol");
    }
    bool undefined = *flags & llvm::object::SymbolRef::SF_Undefined;
    if (undefined && !name->empty() && *name != "memcpy" && *name != "memset") {
      return fail(ErrorKind::Internal, "generated code calls '" + name->str() + "'");
    }
  }
  return object;
}

/// The optimized code as a file of that type, or as LLVM IR without one.
Result<std::string> emit(ModuleOp module, const TargetCpu &cpu, std::optional<llvm::CodeGenFileType> type) {
  Result<std::unique_ptr<llvm::TargetMachine>> machine = machineFor(cpu);
  if (!machine) {
    return fail(machine);
  }
  llvm::LLVMContext context;
  Result<std::unique_ptr<llvm::Module>> code = optimized(module, cpu, **machine, context);
  if (!code) {
    return fail(code);
  }
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream out(bytes);
  llvm::legacy::PassManager generator;
  if (!type) {
    (*code)->print(out, nullptr);
  } else if ((*machine)->addPassesToEmitFile(generator, out, nullptr, *type)) {
    return fail(ErrorKind::Internal, "LLVM cannot write object code for " + cpu.triple);
  }
  generator.run(**code);
  return std::string(bytes.begin(), bytes.end());
}

} // namespace

void registerCodeDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect, LLVM::LLVMDialect, math::MathDialect,
                  scf::SCFDialect, ub::UBDialect, vector::VectorDialect>();
  func::registerAllExtensions(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

void buildToLlvmPipeline(OpPassManager &passes) {
  // 1. Fold the index arithmetic that generators write out plainly, and share what they computed twice.
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  // 2. Transcendental functions become polynomials over whole vectors, while vectors are still whole.
  passes.addPass(createMathPolynomialsPass());
  // 3. The polynomials of neighbouring vectors share constants.
  passes.addPass(createCSEPass());
  passes.addPass(createLoopInvariantCodeMotionPass());
  // 4. Loops to branches.
  passes.addPass(createSCFToControlFlowPass());
  // 5. One dialect after the other to LLVM's.
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertFuncToLLVMPass());
  passes.addPass(createConvertControlFlowToLLVMPass());
  passes.addPass(createUBToLLVMConversionPass());
  // 6. The casts between the steps of 5 cancel out; one that is left is an error.
  passes.addPass(createReconcileUnrealizedCastsPass());
}

/// Generators choose vectors, so LLVM's own vectorizers stay off: they only cost time and add scalar prologues.
void optimizeCode(llvm::Module &module, llvm::TargetMachine &machine, bool unroll) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  tuning.LoopUnrolling = unroll;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

std::unique_ptr<Pass> createMathPolynomialsPass() { return std::make_unique<MathPolynomials>(); }

Result<std::string> compileToObject(ModuleOp module, const TargetCpu &cpu) {
  Result<std::string> object = emit(module, cpu, llvm::CodeGenFileType::ObjectFile);
  return object ? checked(std::move(*object)) : object;
}

Result<std::string> printStage(ModuleOp module, const TargetCpu &cpu, CodeStage stage) {
  return emit(module, cpu,
              stage == CodeStage::Assembly ? std::optional(llvm::CodeGenFileType::AssemblyFile) : std::nullopt);
}

} // namespace clew::compiler
