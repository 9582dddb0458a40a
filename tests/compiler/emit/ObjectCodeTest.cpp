// Object code: what leaves the compiler calls nothing outside, and mistakes come back as errors with a reason.
#include "compiler/emit/ObjectCode.h"
#include "compiler/target/TargetCpu.h"

#include "tests/runtime/cpu/ElfChanges.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <doctest/doctest.h>

using namespace clew;
using namespace clew::compiler;

namespace {

struct Parsed {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;

  explicit Parsed(llvm::StringRef text) : context(dialects(), mlir::MLIRContext::Threading::DISABLED) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, mlir::ParserConfig(&context));
    REQUIRE(bool(module));
  }

  static mlir::DialectRegistry dialects() {
    mlir::DialectRegistry registry;
    registerCodeDialects(registry);
    return registry;
  }
};

constexpr const char *kernel = R"(
  func.func @k(%operands: !llvm.ptr, %begin: i64, %end: i64, %scratch: !llvm.ptr) {
    %x = llvm.load %scratch : !llvm.ptr -> vector<16xf32>
    %y = math.exp %x : vector<16xf32>
    llvm.store %y, %scratch : vector<16xf32>, !llvm.ptr
    return
  })";

} // namespace

TEST_CASE("a CPU has a name, features and widths") {
  Result<TargetCpu> host = TargetCpu::host();
  REQUIRE(host.has_value());
  CHECK(host->has("avx2"));
  CHECK(host->lanes >= 8);
  Result<TargetCpu> v3 = TargetCpu::named("x86-64-v3");
  REQUIRE(v3.has_value());
  CHECK(v3->lanes == 8);
  CHECK(v3->registers == 16);
  CHECK_FALSE(v3->bf16Dot);
  CHECK_FALSE(v3->int8Dot);
  Result<TargetCpu> zen = TargetCpu::named("znver4");
  REQUIRE(zen.has_value());
  CHECK(zen->lanes == 16);
  CHECK(zen->bf16DotFast);
  CHECK(zen->int8Dot);
}

TEST_CASE("a CPU that nobody knows, and one that is too old") {
  CHECK(TargetCpu::named("k10000").error().kind == ErrorKind::NotFound);
  CHECK(TargetCpu::named("x86-64-v2").error().kind == ErrorKind::Unsupported);
}

TEST_CASE("the same module gives the same bytes, and is left as it was") {
  Parsed parsed(kernel);
  TargetCpu cpu = *TargetCpu::named("x86-64-v3");
  Result<std::string> first = compileToObject(*parsed.module, cpu);
  Result<std::string> second = compileToObject(*parsed.module, cpu);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(first->starts_with("\x7f"
                           "ELF"));
  CHECK(*first == *second);
}

TEST_CASE("512-bit vectors stay whole where the CPU has them") {
  Parsed parsed(kernel);
  std::string wide = *printStage(*parsed.module, *TargetCpu::named("sapphirerapids"), CodeStage::Assembly);
  CHECK(wide.find("%zmm") != std::string::npos);
  std::string narrow = *printStage(*parsed.module, *TargetCpu::named("x86-64-v3"), CodeStage::Assembly);
  CHECK(narrow.find("%zmm") == std::string::npos);
  CHECK(narrow.find("%ymm") != std::string::npos);
  CHECK(narrow.find("expf") == std::string::npos);
  std::string text = *printStage(*parsed.module, *TargetCpu::named("x86-64-v3"), CodeStage::Llvm);
  CHECK(text.find("define void @k") != std::string::npos);
}

TEST_CASE("generated code whose headers are changed is refused, or loads the same image") {
  Parsed parsed(kernel);
  for (const char *cpu : {"x86-64-v3", "sapphirerapids"}) {
    const Result<std::string> object = compileToObject(*parsed.module, *TargetCpu::named(cpu));
    REQUIRE(object);
    const ElfChanges changes = changeHeaders(*object);
    CHECK(changes.refused > 5000); // of about 8,000
    CHECK(changes.same > 100);
  }
}

TEST_CASE("a call to a library is refused") {
  Parsed parsed(R"(
    func.func @k(%operands: !llvm.ptr, %begin: i64, %end: i64, %scratch: !llvm.ptr) {
      %x = llvm.load %scratch : !llvm.ptr -> f32
      %y = math.sin %x : f32
      llvm.store %y, %scratch : f32, !llvm.ptr
      return
    })");
  Result<std::string> object = compileToObject(*parsed.module, *TargetCpu::named("x86-64-v3"));
  REQUIRE_FALSE(object.has_value());
  CHECK(object.error().kind == ErrorKind::Internal);
  CHECK(object.error().message.find("sinf") != std::string::npos);
}

TEST_CASE("what does not lower says why") {
  Parsed parsed(R"(
    func.func @k(%x: vector<4xf32>, %t: tensor<4xf32>) -> tensor<4xf32> {
      return %t : tensor<4xf32>
    })");
  Result<std::string> object = compileToObject(*parsed.module, *TargetCpu::named("x86-64-v3"));
  REQUIRE_FALSE(object.has_value());
  CHECK(object.error().kind == ErrorKind::Internal);
  CHECK(object.error().message.size() > 20);
}
