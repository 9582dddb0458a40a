// Compiles and maps the kernels of a test.
#include "tests/compiler/kernel/CompiledKernels.h"

#include "mlir/IR/Location.h"

#include <doctest/doctest.h>

namespace clew::compiler {

static mlir::DialectRegistry codeDialects() {
  mlir::DialectRegistry registry;
  registerCodeDialects(registry);
  return registry;
}

CompiledKernels::CompiledKernels(const TargetCpu &cpu)
    : target(cpu), context(codeDialects(), mlir::MLIRContext::Threading::DISABLED) {
  context.loadAllAvailableDialects();
  code = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
}

KernelFunction CompiledKernels::find(const std::string &symbol) {
  if (!image) {
    Result<std::string> object = compileToObject(*code, target);
    REQUIRE_MESSAGE(object.has_value(), object.error().render());
    Result<CodeImage> loaded = CodeImage::load(*object);
    REQUIRE_MESSAGE(loaded.has_value(), loaded.error().render());
    image = std::move(*loaded);
  }
  void *address = image->lookup(symbol);
  REQUIRE(address != nullptr);
  return reinterpret_cast<KernelFunction>(address);
}

std::vector<TargetCpu> testedCpus() {
  std::vector<TargetCpu> cpus;
  for (const char *name : {"host", "x86-64-v3", "x86-64-v4"}) {
    Result<TargetCpu> cpu = TargetCpu::named(name);
    REQUIRE_MESSAGE(cpu.has_value(), cpu.error().render());
    if (cpus.empty() || cpu->lanes <= cpus[0].lanes) {
      cpus.push_back(*cpu);
    }
  }
  if (cpus[0].bf16Dot) {
    cpus.push_back(cpus[0]); // bf16 products the other way, however fast this machine does them
    cpus.back().bf16DotFast = !cpus[0].bf16DotFast;
  }
  return cpus;
}

} // namespace clew::compiler
