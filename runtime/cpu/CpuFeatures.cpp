// A table from LLVM's names (llvm/TargetParser) to bits of the CPUID instruction, and the XCR0 bits for registers that the
// operating system must save.
#include "runtime/cpu/CpuFeatures.h"

#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string>
#include <vector>

#if defined(__x86_64__)
#include <array>
#include <cpuid.h>
#endif

namespace clew {
#if defined(__x86_64__)
namespace {

enum Register : uint8_t { EAX, EBX, ECX, EDX };
/// Register state that must be saved on a switch of threads: XCR0 masks.
enum State : uint32_t { Base = 0, Ymm = 0x6, Zmm = 0xe6, Tile = 0x60000 };

struct Feature {
  std::string_view name;
  uint32_t leaf;
  uint32_t subleaf;
  Register where;
  uint8_t bit;
  State state;
};

constexpr uint32_t kExtended = 0x80000001;

constexpr Feature kFeatures[] = {
    {"64bit", kExtended, 0, EDX, 29, Base},
    {"cx8", 1, 0, EDX, 8, Base},
    {"cmov", 1, 0, EDX, 15, Base},
    {"mmx", 1, 0, EDX, 23, Base},
    {"fxsr", 1, 0, EDX, 24, Base},
    {"sse", 1, 0, EDX, 25, Base},
    {"sse2", 1, 0, EDX, 26, Base},
    {"sse3", 1, 0, ECX, 0, Base},
    {"pclmul", 1, 0, ECX, 1, Base},
    {"ssse3", 1, 0, ECX, 9, Base},
    {"fma", 1, 0, ECX, 12, Ymm},
    {"cx16", 1, 0, ECX, 13, Base},
    {"sse4.1", 1, 0, ECX, 19, Base},
    {"sse4.2", 1, 0, ECX, 20, Base},
    {"crc32", 1, 0, ECX, 20, Base},
    {"movbe", 1, 0, ECX, 22, Base},
    {"popcnt", 1, 0, ECX, 23, Base},
    {"aes", 1, 0, ECX, 25, Base},
    {"xsave", 1, 0, ECX, 26, Base},
    {"avx", 1, 0, ECX, 28, Ymm},
    {"f16c", 1, 0, ECX, 29, Ymm},
    {"rdrnd", 1, 0, ECX, 30, Base},
    {"sahf", kExtended, 0, ECX, 0, Base},
    {"lzcnt", kExtended, 0, ECX, 5, Base},
    {"sse4a", kExtended, 0, ECX, 6, Base},
    {"prfchw", kExtended, 0, ECX, 8, Base},
    {"xop", kExtended, 0, ECX, 11, Ymm},
    {"lwp", kExtended, 0, ECX, 15, Base},
    {"fma4", kExtended, 0, ECX, 16, Ymm},
    {"tbm", kExtended, 0, ECX, 21, Base},
    {"mwaitx", kExtended, 0, ECX, 29, Base},
    {"clzero", 0x80000008, 0, EBX, 0, Base},
    {"rdpru", 0x80000008, 0, EBX, 4, Base},
    {"wbnoinvd", 0x80000008, 0, EBX, 9, Base},
    {"xsaveopt", 0xd, 1, EAX, 0, Base},
    {"xsavec", 0xd, 1, EAX, 1, Base},
    {"xsaves", 0xd, 1, EAX, 3, Base},
    {"fsgsbase", 7, 0, EBX, 0, Base},
    {"sgx", 7, 0, EBX, 2, Base},
    {"bmi", 7, 0, EBX, 3, Base},
    {"hle", 7, 0, EBX, 4, Base},
    {"avx2", 7, 0, EBX, 5, Ymm},
    {"bmi2", 7, 0, EBX, 8, Base},
    {"invpcid", 7, 0, EBX, 10, Base},
    {"rtm", 7, 0, EBX, 11, Base},
    {"avx512f", 7, 0, EBX, 16, Zmm},
    {"avx512dq", 7, 0, EBX, 17, Zmm},
    {"rdseed", 7, 0, EBX, 18, Base},
    {"adx", 7, 0, EBX, 19, Base},
    {"avx512ifma", 7, 0, EBX, 21, Zmm},
    {"clflushopt", 7, 0, EBX, 23, Base},
    {"clwb", 7, 0, EBX, 24, Base},
    {"avx512cd", 7, 0, EBX, 28, Zmm},
    {"sha", 7, 0, EBX, 29, Base},
    {"avx512bw", 7, 0, EBX, 30, Zmm},
    {"avx512vl", 7, 0, EBX, 31, Zmm},
    {"avx512vbmi", 7, 0, ECX, 1, Zmm},
    {"pku", 7, 0, ECX, 4, Base},
    {"waitpkg", 7, 0, ECX, 5, Base},
    {"avx512vbmi2", 7, 0, ECX, 6, Zmm},
    {"shstk", 7, 0, ECX, 7, Base},
    {"gfni", 7, 0, ECX, 8, Base},
    {"vaes", 7, 0, ECX, 9, Ymm},
    {"vpclmulqdq", 7, 0, ECX, 10, Ymm},
    {"avx512vnni", 7, 0, ECX, 11, Zmm},
    {"avx512bitalg", 7, 0, ECX, 12, Zmm},
    {"avx512vpopcntdq", 7, 0, ECX, 14, Zmm},
    {"rdpid", 7, 0, ECX, 22, Base},
    {"kl", 7, 0, ECX, 23, Base},
    {"cldemote", 7, 0, ECX, 25, Base},
    {"movdiri", 7, 0, ECX, 27, Base},
    {"movdir64b", 7, 0, ECX, 28, Base},
    {"enqcmd", 7, 0, ECX, 29, Base},
    {"uintr", 7, 0, EDX, 5, Base},
    {"avx512vp2intersect", 7, 0, EDX, 8, Zmm},
    {"serialize", 7, 0, EDX, 14, Base},
    {"tsxldtrk", 7, 0, EDX, 16, Base},
    {"pconfig", 7, 0, EDX, 18, Base},
    {"amx-bf16", 7, 0, EDX, 22, Tile},
    {"avx512fp16", 7, 0, EDX, 23, Zmm},
    {"amx-tile", 7, 0, EDX, 24, Tile},
    {"amx-int8", 7, 0, EDX, 25, Tile},
    {"sha512", 7, 1, EAX, 0, Ymm},
    {"sm3", 7, 1, EAX, 1, Ymm},
    {"sm4", 7, 1, EAX, 2, Ymm},
    {"raoint", 7, 1, EAX, 3, Base},
    {"avxvnni", 7, 1, EAX, 4, Ymm},
    {"avx512bf16", 7, 1, EAX, 5, Zmm},
    {"cmpccxadd", 7, 1, EAX, 7, Base},
    {"amx-fp16", 7, 1, EAX, 21, Tile},
    {"hreset", 7, 1, EAX, 22, Base},
    {"avxifma", 7, 1, EAX, 23, Ymm},
    {"avxvnniint8", 7, 1, EDX, 4, Ymm},
    {"avxneconvert", 7, 1, EDX, 5, Ymm},
    {"amx-complex", 7, 1, EDX, 8, Tile},
    {"avxvnniint16", 7, 1, EDX, 10, Ymm},
    {"prefetchi", 7, 1, EDX, 14, Base},
    {"ptwrite", 0x14, 0, EBX, 4, Base},
    {"widekl", 0x19, 0, EBX, 2, Base},
};

/// Registers whose state the operating system saves; 0 if it saves none beyond the base.
uint64_t savedState() {
  std::array<uint32_t, 4> r{};
  if (!__get_cpuid(1, &r[EAX], &r[EBX], &r[ECX], &r[EDX]) || !(r[ECX] & (1U << 27))) {
    return 0;
  }
  uint32_t low = 0;
  uint32_t high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t(high) << 32) | low;
}

/// Which features of the table this CPU has. The table is ordered by leaf: CPUID is slow on virtual machines.
std::array<bool, std::size(kFeatures)> readFeatures() {
  std::array<bool, std::size(kFeatures)> present{};
  uint64_t saved = savedState();
  std::array<uint32_t, 4> r{};
  bool valid = false;
  for (size_t i = 0; i < present.size(); ++i) {
    const Feature &entry = kFeatures[i];
    if (i == 0 || entry.leaf != kFeatures[i - 1].leaf || entry.subleaf != kFeatures[i - 1].subleaf) {
      valid = __get_cpuid_count(entry.leaf, entry.subleaf, &r[EAX], &r[EBX], &r[ECX], &r[EDX]) != 0;
    }
    present[i] = valid && (r[entry.where] >> entry.bit & 1) && (saved & entry.state) == entry.state;
  }
  return present;
}

} // namespace

bool cpuHas(std::string_view feature) {
  static const auto present = readFeatures();
  for (size_t i = 0; i < present.size(); ++i) {
    if (kFeatures[i].name == feature) {
      return present[i];
    }
  }
  return false;
}

bool cpuIsAmd() {
  std::array<uint32_t, 4> r{};
  return __get_cpuid(0, &r[EAX], &r[EBX], &r[ECX], &r[EDX]) && r[EBX] == signature_AMD_ebx &&
         r[ECX] == signature_AMD_ecx && r[EDX] == signature_AMD_edx;
}

#else

bool cpuHas(std::string_view) { return false; }

bool cpuIsAmd() { return false; }

#endif

Result<void> checkCpu(const Program &program) {
  std::vector<std::string> missing;
  const auto *code = std::get_if<CpuCode>(&program.code);
  if (!code) {
    return {};
  }
  for (const std::string &feature : code->features) {
    if (!cpuHas(feature)) {
      missing.push_back(feature);
    }
  }
  if (missing.empty()) {
    return {};
  }
  return fail(ErrorKind::Unsupported,
              fmt::format("the program was compiled for {} and needs CPU features that are absent "
                          "here: {}",
                          code->cpu.empty() ? "another CPU" : code->cpu, fmt::join(missing, ", ")));
}

} // namespace clew
