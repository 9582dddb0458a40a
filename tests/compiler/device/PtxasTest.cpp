// Kernels of published models as NVIDIA's assembler sees them: none may spill on any chip from sm_80 on, and registers and shared memory are
// those of ptxas.tsv. Skips, visibly, where there is no ptxas. `CLEW_UPDATE_GOLDEN=1` writes the table anew.
//
// Registers belong to a version of ptxas (13.0 made the table): under another one they may differ, here by up to a quarter.
#include "compiler/emit/Ptxas.h"
#include "compiler/Compile.h"
#include "zoo/Zoo.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

using namespace clew;
using namespace clew::compiler;

namespace {

const std::string kTable = CLEW_SOURCE_DIR "/tests/compiler/device/ptxas.tsv";
constexpr const char *kChips[] = {"sm_80", "sm_90", "sm_100", "sm_120"};

struct Subject {
  const char *model;
  Precision precision;
};
/// Each way that kernels are written in, at published widths.
const Subject kSubjects[] = {
    {"bert/base", Precision::F32},         {"bert/base", Precision::BF16},       {"bert/base", Precision::Int8},
    {"bert/minirbt-h256", Precision::F32}, {"gpt2/small", Precision::BF16},      {"xlnet/base", Precision::BF16},
    {"nezha/base", Precision::BF16},       {"albert/xxlarge", Precision::Int8},  {"bilstm-crf/base", Precision::F32},
    {"bilstm-crf/base", Precision::BF16},  {"bilstm-crf/base", Precision::Int8}, {"bigru-crf/base", Precision::F32},
    {"lac/small", Precision::BF16},        {"elmo/original", Precision::F32},    {"ulmfit/base", Precision::Int8},
    {"textcnn/base", Precision::F32}};

struct Row {
  int64_t threads = 0, registers = 0, shared = 0;
};
/// By "model precision symbol chip", tabs between them.
using Table = std::map<std::string, Row>;

struct Use {
  int64_t registers = 0, spills = 0;
};

/// What `ptxas -v` says, by kernel.
std::map<std::string, Use> usesIn(const std::string &log) {
  static const std::regex entry("Compiling entry function '([^']+)'");
  static const std::regex spills("([0-9]+) bytes stack frame, ([0-9]+) bytes spill stores, ([0-9]+) bytes spill loads");
  static const std::regex registers("Used ([0-9]+) registers");
  std::map<std::string, Use> uses;
  std::istringstream lines(log);
  std::string symbol;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_search(line, match, entry)) {
      symbol = match[1];
    } else if (std::regex_search(line, match, spills)) {
      uses[symbol].spills = std::stoll(match[1]) + std::stoll(match[2]) + std::stoll(match[3]);
    } else if (std::regex_search(line, match, registers)) {
      uses[symbol].registers = std::stoll(match[1]);
    }
  }
  return uses;
}

std::map<std::string, Launch> launchesOf(const Program &program) {
  std::map<std::string, Launch> launches;
  for (const Step &step : program.steps) {
    if (const auto *launch = std::get_if<Launch>(&step.stages.front())) {
      launches.emplace(launch->symbol, *launch);
    }
  }
  return launches;
}

/// Assembles a model's kernels for all chips; enters them, and checks that nothing spills.
void enter(const Program &program, const Subject &subject, Table &table) {
  const auto &code = std::get<CudaCode>(program.code);
  CHECK(code.ptx.find(".extern .func") == std::string::npos);
  const auto launches = launchesOf(program);
  for (const char *chip : kChips) {
    CAPTURE(std::string(chip));
    auto assembled = assemblePtx(code.ptx, chip);
    REQUIRE_MESSAGE(assembled, assembled.error().render());
    const auto uses = usesIn(assembled->log);
    CHECK(uses.size() == launches.size());
    for (const auto &[symbol, launch] : launches) {
      CAPTURE(symbol);
      REQUIRE(uses.count(symbol));
      const Use &use = uses.at(symbol);
      CHECK(use.spills == 0);
      CHECK(use.registers * launch.threads <= 65536);
      table[fmt::format("{}\t{}\t{}\t{}", subject.model, nameOf(subject.precision), symbol, chip)] = {
          launch.threads, use.registers, launch.shared.constant};
    }
  }
}

bool hasPtxas() {
  auto assembled = assemblePtx(".version 7.0\n.target sm_80\n.address_size 64\n", "sm_80");
  return assembled || assembled.error().kind != ErrorKind::Unavailable;
}

Table readTable(std::string &header) {
  std::ifstream file(kTable);
  std::getline(file, header);
  Table table;
  for (std::string line; std::getline(file, line);) {
    static const std::regex columns("(.*)\t([0-9]+)\t([0-9]+)\t([0-9]+)");
    std::smatch match;
    REQUIRE(std::regex_match(line, match, columns));
    table[match[1]] = {std::stoll(match[2]), std::stoll(match[3]), std::stoll(match[4])};
  }
  return table;
}

} // namespace

TEST_CASE("kernels of published models do not spill, and take the registers and the shared memory of the table") {
  if (!hasPtxas()) {
    MESSAGE("skipped: there is no ptxas");
    return;
  }
  auto zoo = Zoo::openOnly({CLEW_SOURCE_DIR "/zoo"});
  REQUIRE(zoo);
  Table found;
  for (const Subject &subject : kSubjects) {
    CAPTURE(std::string(subject.model));
    CAPTURE(nameOf(subject.precision));
    auto model = zoo->findModel(subject.model);
    REQUIRE_MESSAGE(model, model.error().render());
    CompileOptions options;
    options.target = Target::Cuda;
    options.precision = subject.precision;
    auto program = compileModel(*model, options);
    REQUIRE_MESSAGE(program, program.error().render());
    enter(*program, subject, found);
  }
  const std::string columns = "model\tprecision\tkernel\tchip\tthreads\tregisters\tshared bytes";
  if (std::getenv("CLEW_UPDATE_GOLDEN")) {
    std::ofstream file(kTable);
    file << columns << '\n';
    for (const auto &[key, row] : found) {
      file << fmt::format("{}\t{}\t{}\t{}\n", key, row.threads, row.registers, row.shared);
    }
  }
  std::string header;
  const Table expected = readTable(header);
  CHECK(header == columns);
  for (const auto &[key, row] : found) {
    CAPTURE(key);
    REQUIRE(expected.count(key));
    const Row &wanted = expected.at(key);
    CHECK(row.threads == wanted.threads);
    CHECK(row.shared == wanted.shared);
    CHECK(std::abs(row.registers - wanted.registers) <= wanted.registers / 4);
  }
  CHECK(expected.size() == found.size());
}
