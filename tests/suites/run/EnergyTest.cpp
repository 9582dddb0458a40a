// Counters of energy, from a folder that looks like Linux's powercap and from a library that looks like NVML.
#include "suites/run/Energy.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace clew {
namespace {

namespace fs = std::filesystem;

/// A folder of zones, gone with it.
class Powercap {
public:
  Powercap() : folder(fs::temp_directory_path() / ("clew-powercap-" + std::to_string(::getpid()))) {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  ~Powercap() { fs::remove_all(folder); }

  void zone(const std::string &name, const std::string &called, uint64_t energy, uint64_t range = 1'000'000'000) {
    fs::create_directories(folder / name);
    write(name, "name", called);
    write(name, "max_energy_range_uj", std::to_string(range));
    set(name, energy);
  }
  void set(const std::string &name, uint64_t energy) { write(name, "energy_uj", std::to_string(energy)); }
  std::string path() const { return folder.string(); }

private:
  void write(const std::string &zone, const char *file, const std::string &text) {
    std::ofstream(folder / zone / file) << text << '\n';
  }

  fs::path folder;
};

} // namespace

TEST_CASE("packages and memory are counted, their parts and their twins are not") {
  Powercap powercap;
  powercap.zone("intel-rapl:0", "package-0", 5'000'000);
  powercap.zone("intel-rapl:0:0", "core", 4'000'000);
  powercap.zone("intel-rapl:0:2", "dram", 1'000'000);
  powercap.zone("intel-rapl:1", "package-1", 999'000'000);
  powercap.zone("intel-rapl:2", "psys", 1);
  powercap.zone("intel-rapl-mmio:0", "package-0", 5'000'000);
  EnergyMeter meter(packageCounters(powercap.path()));
  CHECK(meter.missing().empty());
  meter.begin();
  powercap.set("intel-rapl:0", 7'500'000);
  powercap.set("intel-rapl:0:2", 1'250'000);
  powercap.set("intel-rapl:1", 1'000'000); // it went around
  const Joules joules = meter.end();
  CHECK(joules.size() == 3);
  CHECK(joules.at("package-0") == doctest::Approx(2.5));
  CHECK(joules.at("dram-0") == doctest::Approx(0.25));
  CHECK(joules.at("package-1") == doctest::Approx(2.0));
  meter.begin(); // anew
  powercap.set("intel-rapl:0", 8'000'000);
  CHECK(meter.end().at("package-0") == doctest::Approx(0.5));
}

TEST_CASE("what cannot be read is said, and never half of it counted") {
  Powercap powercap;
  CHECK(packageCounters(powercap.path()).missing ==
        "the system shows no counters of energy (RAPL), as most virtual machines");
  CHECK(packageCounters(powercap.path() + "/none").counters.empty());
  powercap.zone("intel-rapl:0", "package-0", 1);
  powercap.zone("intel-rapl:1", "package-1", 1);
  fs::remove(powercap.path() + "/intel-rapl:1/energy_uj");
  const EnergyCounters refused = packageCounters(powercap.path());
  CHECK(refused.counters.empty());
  CHECK(refused.missing.find("root alone") != std::string::npos);

  powercap.set("intel-rapl:1", 1);
  EnergyMeter meter(packageCounters(powercap.path()));
  meter.begin();
  std::ofstream(powercap.path() + "/intel-rapl:1/energy_uj") << "x";
  CHECK(meter.end().empty());
  CHECK(meter.missing() == "the counter package-1 could not be read any more");
}

TEST_CASE("a GPU's energy comes from NVML, and a system without it says so") {
  CHECK(deviceCounters("libno-such-nvml.so.1").missing == "there is no libno-such-nvml.so.1");
  CHECK(deviceCounters(CLEW_NVML_WITHOUT_ENERGY).missing == "the GPU does not count its energy");
  EnergyMeter meter(deviceCounters(CLEW_NVML_STAND_IN));
  CHECK(meter.missing().empty());
  meter.begin();
  const Joules joules = meter.end();
  CHECK(joules.size() == 1);
  CHECK(joules.at("gpu-0") == doctest::Approx(1.5)); // the stand-in uses 1,500 mJ from read to read
}

} // namespace clew
