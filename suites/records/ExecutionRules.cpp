// Rules of how something was computed: scheme, switches, what came of them, the libraries. Their words are those of compiler/passes/Scheme.cpp,
// runtime/cpu/CpuExecutor.cpp, runtime/cuda/CudaExecutor.cpp and cli/CMakeLists.txt; tests/e2e/record_rules_test.py holds records of all precisions and targets against these.
#include "runtime/program/Code.h"
#include "runtime/program/Execution.h"
#include "runtime/program/LibraryVariables.h"
#include "suites/records/CpuNames.h"
#include "suites/records/FieldForms.h"
#include "suites/records/RecordRules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace clew {
namespace {

using Json = RecordRules::Json;

std::vector<std::string> partsOf(const std::string &text, std::string_view separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + separator.size();
  }
  return parts;
}

/// What lower precisions made of products, in the order in which a scheme names them.
constexpr auto kSchemeParts = std::to_array<std::string_view>(
    {"linear bf16, sums f32", "linear s8 (weights per output channel, activations dynamic per token), sums i32",
     "attention bf16, the softmax's weights too, sums and softmax f32", "attention bf16, sums and softmax f32",
     "recurrence bf16, sums and cells f32",
     "recurrence s8 (weights per output channel, states dynamic per sequence), sums i32, cells f32", "heads f32",
     "attention f32", "recurrence f32", "all else f32"});

bool isScheme(const std::string &scheme, const std::string &precision) {
  if (scheme == "f32") {
    return true; // also of a model without products
  }
  size_t at = 0;
  const std::vector<std::string> parts = partsOf(scheme, "; ");
  for (const std::string &part : parts) {
    const auto *place = std::find(kSchemeParts.begin() + at, kSchemeParts.end(), part);
    if (place == kSchemeParts.end() || (precision != "int8" && part.find(" s8 ") != part.npos)) {
      return false;
    }
    at = static_cast<size_t>(place - kSchemeParts.begin()) + 1;
  }
  return precision != "f32" && parts.size() > 1 && parts.back() == kSchemeParts.back();
}

/// "own f32, oneDNN bf16": whose products, in which arithmetic.
void checkProducts(RecordRules &rules, const std::string &products) {
  static const std::set<std::string> arithmetics = {"f32", "bf16", "bf16 widened to f32", "int8",
                                                    "int8 widened to f32"};
  const std::string precision = rules.text("/precision");
  const std::string bf16 = rules.text("/execution/bf16");
  const char *path = "/execution/facts/products";
  rules.need(!products.empty(), path, "those of the program", "none");
  std::string before;
  for (const std::string &part : products.empty() ? std::vector<std::string>() : partsOf(products, ", ")) {
    const size_t space = std::min(part.find(' '), part.size());
    const std::string whose = part.substr(0, space);
    const std::string arithmetic = part.substr(std::min(space + 1, part.size()));
    rules.need((whose == "own" || whose == "oneDNN") && arithmetics.contains(arithmetic) && before < part, path,
               "'own' or 'oneDNN' with an arithmetic, in order");
    rules.need(whose != "own" || rules.text("/execution/products") != nameOf(Products::Library), path,
               "the library's alone, as was asked for");
    rules.need(precision != "f32" || arithmetic == "f32", path, "f32 alone, as precision says");
    rules.need(precision == "int8" || !arithmetic.starts_with("int8"), path, "no int8, as precision says");
    rules.need(bf16 != nameOf(Bf16Products::Widen) || arithmetic != "bf16", path, "no bf16, since it is widened");
    rules.need(bf16 != nameOf(Bf16Products::Native) || arithmetic != "bf16 widened to f32", path,
               "no bf16 that is widened, as was asked for");
    before = part;
  }
}

/// oneDNN's names of instruction sets, and what the machine must have for them.
void checkLibraryIsa(RecordRules &rules, const std::string &isa) {
  static const std::set<std::string> known = {"sse41",
                                              "avx",
                                              "avx2",
                                              "avx2_vnni",
                                              "avx2_vnni_2",
                                              "avx512_core",
                                              "avx512_core_vnni",
                                              "avx512_core_bf16",
                                              "avx512_core_amx",
                                              "avx512_core_fp16",
                                              "avx512_core_amx_fp16"};
  const bool number = isa.starts_with("0x") && isHex(isa.substr(2)) && isa.size() <= 10; // newer than our names
  rules.need(known.contains(isa) || number, "/execution/facts/library_isa", "an instruction set that oneDNN names");
  rules.need(!isa.starts_with("avx512") || hasFeature(rules, "avx512f"), "/execution/facts/library_isa",
             "one that /machine/features has");
}

/// Whether there are those facts, and the variables of the environment, and no others.
bool hasFacts(RecordRules &rules, std::set<std::string> expected) {
  const Json &facts = rules.json["execution"]["facts"];
  const Json &environment = rules.json["execution"]["environment"];
  for (const auto &[name, value] : environment.items()) {
    expected.insert(name);
    rules.need(facts.contains(name) && facts[name] == value, "/execution/facts",
               fmt::format("'{}' as environment has it", name), facts.dump());
  }
  for (const std::string &name : expected) {
    rules.need(facts.contains(name), "/execution/facts", fmt::format("'{}' among them", name), facts.dump());
  }
  for (const auto &[name, value] : facts.items()) {
    rules.need(expected.contains(name), "/execution/facts", "what the target states", fmt::format("'{}'", name));
  }
  return std::ranges::all_of(expected, [&](const std::string &name) { return facts.contains(name); });
}

bool isChip(std::string_view name) { return chipNumber(name) >= 0; }

/// The words of runtime/cuda/CudaExecutor.cpp and KernelModule.cpp.
void checkCudaFacts(RecordRules &rules) {
  if (!hasFacts(rules, {"device", "chip", "driver", "kernels", "library"})) {
    return;
  }
  const Json &facts = rules.json["execution"]["facts"];
  const auto fact = [&](const char *name) { return facts[name].get<std::string>(); };
  const auto says = [&](const char *name, std::string_view prefix, auto isRest) {
    const std::string text = fact(name);
    return text.starts_with(prefix) && isRest(text.substr(prefix.size()));
  };
  const auto isVersionText = [](const std::string &text) { return isVersion(text); };
  rules.need(!fact("device").empty() && fact("device").find("stand-in") == std::string::npos, "/execution/facts/device",
             "a GPU: what is emulated is no measurement", fmt::format("'{}'", fact("device")));
  rules.need(isChip(fact("chip")), "/execution/facts/chip", "a chip, as sm_90");
  rules.need(says("driver", "CUDA ", isVersionText), "/execution/facts/driver", "'CUDA' and the version that it runs");
  rules.need(fact("library") == "none" || says("library", "cuBLASLt ", isVersionText), "/execution/facts/library",
             "'cuBLASLt' and its version, or none");
  const auto isPtx = [](const std::string &text) {
    constexpr std::string_view kEnd = " and newer, compiled by the driver";
    return text.ends_with(kEnd) && isChip(std::string_view(text).substr(0, text.size() - kEnd.size()));
  };
  rules.need(fact("kernels") == "none" || says("kernels", "cubin for ", isChip) || says("kernels", "PTX for ", isPtx),
             "/execution/facts/kernels", "where the kernels came from: a cubin or PTX for a chip, or none");
  const Json &asked = rules.json["execution"]["cpu"];
  rules.need(asked.is_null() || isChip(asked.get<std::string>()), "/execution/cpu", "null, or a chip, as sm_90");
}

void checkFacts(RecordRules &rules) {
  const Json &facts = rules.json["execution"]["facts"];
  if (rules.text("/target") == nameOf(Target::Ref)) {
    rules.need(facts.empty(), "/execution/facts", "none of the target ref", facts.dump());
    return;
  }
  if (rules.text("/target") == nameOf(Target::Cuda)) {
    checkCudaFacts(rules);
    return;
  }
  if (!hasFacts(rules, {"cpu", "products", "library", "library_isa"})) {
    return;
  }
  const auto cpu = facts["cpu"].get<std::string>();
  const Json &asked = rules.json["execution"]["cpu"];
  rules.need(vectorSetOf(cpu).has_value(), "/execution/facts/cpu", "a CPU with AVX2 that LLVM names");
  rules.need(asked.is_null() || asked == cpu, "/execution/facts/cpu", "the one that was asked for, " + asked.dump());
  rules.need(asked.is_null() || hasFeature(rules, std::string(vectorSetOf(cpu).value_or("avx2"))),
             "/execution/facts/cpu", "one whose code the machine's features can run");
  checkProducts(rules, facts["products"].get<std::string>());
  const auto library = facts["library"].get<std::string>();
  rules.need(library.starts_with("oneDNN ") && isVersion(library.substr(7)), "/execution/facts/library",
             "'oneDNN' and its version");
  checkLibraryIsa(rules, facts["library_isa"].get<std::string>());
}

} // namespace

void checkExecution(RecordRules &rules) {
  const Json &execution = rules.json["execution"];
  rules.need(isScheme(rules.text("/scheme"), rules.text("/precision")), "/scheme",
             fmt::format("one that the passes make of {}", rules.text("/precision")));
  const bool onGpu = rules.text("/target") == nameOf(Target::Cuda);
  rules.need(onGpu || execution["cpu"].is_null() || vectorSetOf(execution["cpu"].get<std::string>()), "/execution/cpu",
             "null, or a CPU with AVX2 that LLVM names");
  rules.need(rules.text("/target") != nameOf(Target::Cpu) || hasFeature(rules, "avx2"), "/machine/features",
             "'avx2' among them, which the target cpu needs", "none");
  rules.need(rules.text("/precision") != "f32" || execution["bf16"] == nameOf(Bf16Products::Auto), "/execution/bf16",
             "auto: f32 programs multiply no bf16");
  rules.need(rules.text("/execution/bf16") != nameOf(Bf16Products::Native) || hasFeature(rules, "avx512_bf16"),
             "/execution/bf16", "one that /machine/features has");
  rules.need(!rules.json["deterministic"].get<bool>() || rules.text("/target") != nameOf(Target::Cpu) ||
                 hasFeature(rules, "avx512f"),
             "/deterministic", "false: products of the target cpu are not the same across batches without AVX-512");
  rules.need(!onGpu || !rules.json["deterministic"].get<bool>(), "/deterministic",
             "false: products of the target cuda are not the same across batches");
  const Target target = onGpu ? Target::Cuda : Target::Cpu;
  for (const auto &[name, value] : execution["environment"].items()) {
    rules.need(isLibraryVariable(target, name) && isName(name), "/execution/environment",
               "variables that the target's library reads", fmt::format("'{}'", name));
  }
  checkFacts(rules);
}

void checkVersions(RecordRules &rules) {
  static constexpr auto known = std::to_array<std::string_view>(
      {"clew", "compiler", "LLVM", "yaml-cpp", "nlohmann-json", "fmt", "CLI11", "OpenSSL", "oneDNN"});
  const Json &versions = rules.json["versions"];
  for (const std::string_view name : known) {
    rules.need(name == "oneDNN" || versions.contains(name), "/versions", fmt::format("'{}' among them", name),
               versions.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  for (const auto &[name, value] : versions.items()) {
    const auto version = value.get<std::string>();
    const std::string path = "/versions";
    rules.need(std::ranges::find(known, name) != known.end(), path, "what Clew is built with",
               fmt::format("'{}'", name));
    const bool compiler = name == "compiler";
    const size_t space = version.find(' ');
    const std::string maker = version.substr(0, space);
    rules.need(compiler ? (maker == "Clang" || maker == "GNU") && space != version.npos &&
                              isVersion(version.substr(space + 1))
                        : isVersion(version),
               path, fmt::format("a version of {}", name), fmt::format("'{}'", version));
  }
}

} // namespace clew
