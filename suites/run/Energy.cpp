// See Energy.h.
#include "suites/run/Energy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>

namespace clew {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> lineOf(const fs::path &path) {
  std::ifstream stream(path);
  std::string line;
  return std::getline(stream, line) ? std::optional(line) : std::nullopt;
}

std::optional<uint64_t> numberOf(const fs::path &path) {
  const std::optional<std::string> line = lineOf(path);
  uint64_t value = 0;
  const char *end = line ? line->data() + line->size() : nullptr;
  const bool good = line && std::from_chars(line->data(), end, value).ptr == end && !line->empty();
  return good ? std::optional(value) : std::nullopt;
}

/// A zone of powercap. Between two reads it wraps around once at most, for which whoever reads must care.
class Zone final : public EnergyCounter {
public:
  Zone(std::string name, fs::path file, uint64_t range)
      : called(std::move(name)), file(std::move(file)), range(range) {}

  std::string name() const override { return called; }
  std::optional<double> read() override {
    const std::optional<uint64_t> now = numberOf(file);
    if (!now) {
      return std::nullopt;
    }
    if (last) {
      total += *now >= *last ? *now - *last : *now + range - *last;
    }
    last = now;
    return static_cast<double>(total) * 1e-6;
  }

private:
  std::string called;
  fs::path file;
  uint64_t range; ///< microjoules
  std::optional<uint64_t> last;
  uint64_t total = 0;
};

/// "intel-rapl:0" is a package, "intel-rapl:0:2" a part of it. Zones of intel-rapl-mmio are the same packages once more.
std::vector<fs::path> zonesIn(const std::string &folder) {
  std::vector<fs::path> zones;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().filename().string().starts_with("intel-rapl:")) {
      zones.push_back(entry->path());
    }
  }
  std::ranges::sort(zones);
  return zones;
}

/// What is counted of a zone: packages, and of their parts memory, which lies outside of them. Cores are inside, "psys" holds them all.
std::string counterNameOf(const fs::path &zone) {
  const std::string name = lineOf(zone / "name").value_or("");
  const std::string numbers = zone.filename().string().substr(std::string_view("intel-rapl:").size());
  const size_t colon = numbers.find(':'); // that of a part, behind that of its package
  if (name == "dram") {
    return "dram-" + numbers.substr(0, colon);
  }
  // "package-0", or of packages of several dies "package-0-die-1": they are numbered as zones are.
  return name.starts_with("package-") && colon == std::string::npos ? "package-" + numbers : "";
}

/// The functions of NVML that are read (nvml.h). Devices are opaque.
class Device final : public EnergyCounter {
public:
  static std::unique_ptr<Device> open(const std::string &library, std::string &why) {
    void *handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL); // drivers do not survive being unloaded
    if (!handle) {
      why = fmt::format("there is no {}", library);
      return nullptr;
    }
    auto device = std::make_unique<Device>();
    const auto find = [&](auto *&function, const char *symbol) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, symbol));
      return function != nullptr;
    };
    int (*start)() = nullptr;
    int (*byIndex)(unsigned, void **) = nullptr;
    if (!find(start, "nvmlInit_v2") || !find(byIndex, "nvmlDeviceGetHandleByIndex_v2") ||
        !find(device->energy, "nvmlDeviceGetTotalEnergyConsumption")) {
      why = fmt::format("{} is too old to count energy", library);
    } else if (start() != 0 || byIndex(0, &device->handle) != 0) {
      why = "NVML finds no GPU";
    } else if (!device->read()) {
      why = "the GPU does not count its energy";
    }
    return why.empty() ? std::move(device) : nullptr;
  }

  std::string name() const override { return "gpu-0"; }
  std::optional<double> read() override {
    unsigned long long millijoules = 0;
    return energy(handle, &millijoules) == 0 ? std::optional(static_cast<double>(millijoules) * 1e-3) : std::nullopt;
  }

private:
  int (*energy)(void *, unsigned long long *) = nullptr;
  void *handle = nullptr;
};

} // namespace

EnergyCounters packageCounters(const std::string &folder) {
  EnergyCounters found;
  bool refused = false;
  for (const fs::path &zone : zonesIn(folder)) {
    const std::string name = counterNameOf(zone);
    const std::optional<uint64_t> range = numberOf(zone / "max_energy_range_uj");
    if (name.empty() || !range || *range == 0) {
      continue;
    }
    auto counter = std::make_unique<Zone>(name, zone / "energy_uj", *range);
    if (counter->read()) {
      found.counters.push_back(std::move(counter));
    } else {
      refused = true;
    }
  }
  if (refused) { // a part of the packages is no answer
    found.counters.clear();
    found.missing = "the packages' counters (energy_uj) may be read by root alone";
  } else if (found.counters.empty()) {
    found.missing = "the system shows no counters of energy (RAPL), as most virtual machines";
  }
  return found;
}

EnergyCounters deviceCounters(const std::string &library) {
  EnergyCounters found;
  if (std::unique_ptr<Device> device = Device::open(library, found.missing)) {
    found.counters.push_back(std::move(device));
  }
  return found;
}

EnergyCounters countersFor(Target target) {
  EnergyCounters packages = packageCounters("/sys/class/powercap");
  if (target != Target::Cuda) {
    return packages;
  }
  EnergyCounters device = deviceCounters("libnvidia-ml.so.1");
  if (!device.counters.empty()) { // those of the packages beside it, where there are any
    std::ranges::move(packages.counters, std::back_inserter(device.counters));
  }
  return device;
}

void EnergyMeter::begin() {
  stop();
  begun.clear();
  for (const auto &counter : all.counters) {
    begun.push_back(counter->read());
  }
  if (begun.empty()) {
    return;
  }
  ended = false;
  reader = std::thread([this] {
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, std::chrono::seconds(20), [this] { return ended; })) {
      for (const auto &counter : all.counters) {
        counter->read(); // what it cannot read, end() will say
      }
    }
  });
}

void EnergyMeter::stop() {
  if (reader.joinable()) {
    {
      const std::lock_guard lock(mutex);
      ended = true;
    }
    wake.notify_one();
    reader.join();
  }
}

Joules EnergyMeter::end() {
  stop();
  Joules joules;
  for (size_t i = 0; i < begun.size(); ++i) {
    const std::optional<double> now = all.counters[i]->read();
    if (!now || !begun[i]) {
      all.missing = fmt::format("the counter {} could not be read any more", all.counters[i]->name());
      return {};
    }
    joules[all.counters[i]->name()] = *now - *begun[i];
  }
  return joules;
}

} // namespace clew
