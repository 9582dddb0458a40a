// Asks LLVM what a CPU can do.
#include "compiler/target/TargetCpu.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <algorithm>
#include <memory>
#include <unistd.h>

namespace clew::compiler {
namespace {

/// Instruction sets that generated vector code could need; LLVM's feature lists also name tuning flags and system instructions.
constexpr std::string_view instructionSets[] = {
    "64bit",      "adx",          "aes",          "amx-bf16",    "amx-int8", "amx-tile",   "avx",
    "avx2",       "avx512bf16",   "avx512bitalg", "avx512bw",    "avx512cd", "avx512dq",   "avx512f",
    "avx512fp16", "avx512ifma",   "avx512vbmi",   "avx512vbmi2", "avx512vl", "avx512vnni", "avx512vpopcntdq",
    "avxifma",    "avxneconvert", "avxvnni",      "avxvnniint8", "bmi",      "bmi2",       "cmov",
    "f16c",       "fma",          "gfni",         "lzcnt",       "mmx",      "movbe",      "pclmul",
    "popcnt",     "prfchw",       "sse",          "sse2",        "sse3",     "sse4.1",     "sse4.2",
    "ssse3",      "vaes",         "vpclmulqdq",   "xsave",       "fxsr",     "cx8",        "cx16",
    "sahf",       "fsgsbase",     "rdrnd",        "rdseed",      "sha"};

/// Fills in what follows from name and featureString.
Result<TargetCpu> describe(TargetCpu cpu) {
  std::string message;
  llvm::Triple triple(cpu.triple);
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target || !triple.isX86()) {
    return fail(ErrorKind::Unsupported, "cannot generate code for " + cpu.triple);
  }
  // Asked of the plainest CPU first: LLVM answers an unknown name with a line on stderr and goes on.
  std::unique_ptr<llvm::MCSubtargetInfo> plain(target->createMCSubtargetInfo(triple, "", ""));
  if (!plain || !plain->isCPUStringValid(cpu.name)) {
    return fail(ErrorKind::NotFound, "unknown CPU '" + cpu.name + "'");
  }
  std::unique_ptr<llvm::MCSubtargetInfo> info(target->createMCSubtargetInfo(triple, cpu.name, cpu.featureString));
  for (std::string_view set : instructionSets) {
    if (info->checkFeatures("+" + std::string(set))) {
      cpu.features.emplace_back(set);
    }
  }
  std::sort(cpu.features.begin(), cpu.features.end());
  cpu.fma = cpu.has("fma");
  if (!cpu.has("avx2") || !cpu.fma) {
    return fail(ErrorKind::Unsupported, "CPU '" + cpu.name + "' lacks AVX2 or FMA");
  }
  bool wide = cpu.has("avx512f") && cpu.has("avx512bw") && cpu.has("avx512dq") && cpu.has("avx512vl");
  cpu.lanes = wide ? 16 : 8;
  cpu.registers = wide ? 32 : 16;
  cpu.int8Dot = wide && cpu.has("avx512vnni");
  cpu.bf16Dot = wide && cpu.has("avx512bf16");
  bool amd = llvm::StringRef(cpu.name).starts_with("znver");
  cpu.bf16DotFast = cpu.bf16Dot && (amd || cpu.has("amx-bf16"));
  return cpu;
}

TargetCpu blank(std::string_view name) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  TargetCpu cpu;
  cpu.triple = llvm::sys::getDefaultTargetTriple();
  cpu.name = name;
  return cpu;
}

} // namespace

bool TargetCpu::has(std::string_view feature) const {
  return std::find(features.begin(), features.end(), feature) != features.end();
}

Result<TargetCpu> TargetCpu::multiplyingBf16(Bf16Products choice) const {
  TargetCpu cpu = *this;
  switch (choice) {
  case Bf16Products::Auto:
    return cpu;
  case Bf16Products::Widen:
    cpu.bf16DotFast = false;
    return cpu;
  case Bf16Products::Native:
    break;
  }
  if (!cpu.bf16Dot) {
    return fail(ErrorKind::Unsupported,
                "bf16 native: CPU '" + cpu.name + "' has no bf16 dot products (AVX512_BF16); auto and widen run there");
  }
  cpu.bf16DotFast = true;
  return cpu;
}

Result<TargetCpu> TargetCpu::host() {
  TargetCpu cpu = blank(std::string_view(llvm::sys::getHostCPUName()));
  std::vector<std::string> words;
  for (const auto &feature : llvm::sys::getHostCPUFeatures()) {
    words.push_back((feature.second ? "+" : "-") + feature.first().str());
  }
  std::sort(words.begin(), words.end()); // the map's order is not stable; program caches compare this text
  cpu.featureString = llvm::join(words, ",");
  long l2 = sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (l2 > 0) {
    cpu.l2Bytes = l2;
  }
  return describe(std::move(cpu));
}

Result<TargetCpu> TargetCpu::named(std::string_view name) {
  return name == "host" || name == "native" ? host() : describe(blank(name));
}

} // namespace clew::compiler
