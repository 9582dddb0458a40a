// The places where Linux says these things.
#include "suites/run/ReadMachine.h"

#include "runtime/base/Sha256.h"

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace clew {
namespace {

/// The first line of a small file.
std::optional<std::string> lineOf(const std::string &path) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) ? std::optional<std::string>(line) : std::nullopt;
}

std::optional<bool> isNot(const std::optional<std::string> &line, std::string_view off) {
  return line ? std::optional<bool>(*line != off) : std::nullopt;
}

int usableCores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    return std::max(1, CPU_COUNT(&set));
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void readCpu(const std::string &path, Machine &machine) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line) && !line.empty();) {
    const size_t colon = line.find(':');
    const std::string value = colon == std::string::npos || colon + 2 > line.size() ? "" : line.substr(colon + 2);
    if (line.starts_with("model name")) {
      machine.cpu = value;
    } else if (line.starts_with("flags")) {
      std::istringstream words(value);
      for (std::string word; words >> word;) {
        machine.features.push_back(word);
      }
    }
  }
}

/// systemd asks that its id is never shown to anybody: a hash of it with our name is.
std::optional<std::string> hostOf(const std::string &path) {
  const std::optional<std::string> id = lineOf(path);
  if (!id || id->size() != 32) { // empty in images that were not started yet
    return std::nullopt;
  }
  const std::string named = "clew " + *id;
  const Result<std::string> hash = sha256Of(std::string_view(named));
  return hash ? std::optional(hash->substr(0, 16)) : std::nullopt;
}

} // namespace

Machine readMachine(const std::string &root) {
  const std::string cpus = root + "/sys/devices/system/cpu/";
  Machine machine;
  readCpu(root + "/proc/cpuinfo", machine);
  machine.cores = usableCores();
  machine.governor = lineOf(cpus + "cpu0/cpufreq/scaling_governor");
  const std::optional<std::string> noTurbo = lineOf(cpus + "intel_pstate/no_turbo");
  machine.turbo = noTurbo ? isNot(noTurbo, "1") : isNot(lineOf(cpus + "cpufreq/boost"), "0");
  machine.smt = isNot(lineOf(cpus + "smt/active"), "0");
  machine.aslr = isNot(lineOf(root + "/proc/sys/kernel/randomize_va_space"), "0");
  machine.kernel = lineOf(root + "/proc/sys/kernel/osrelease").value_or("");
  if (const std::optional<std::string> memory = lineOf(root + "/proc/meminfo");
      memory && memory->starts_with("MemTotal:")) {
    machine.memoryBytes = std::atoll(memory->c_str() + 9) * 1024;
  }
  machine.host = hostOf(root + "/etc/machine-id");
  machine.load = std::atof(lineOf(root + "/proc/loadavg").value_or("0").c_str());
  return machine;
}

} // namespace clew
