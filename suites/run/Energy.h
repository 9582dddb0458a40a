// Energy: what counters of the machine say that it used while something ran. They count whole packages and devices: other programs' work and
// idle time with it, so that they mean something on a machine that does nothing else.
#pragma once

#include "runtime/base/Target.h"
#include "suites/run/Scenario.h"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace clew {

/// Joules by counter: "package-0", "dram-0", "gpu-0".
using Joules = std::map<std::string, double>;

/// One running counter. Used by one thread at a time.
class EnergyCounter {
public:
  virtual ~EnergyCounter() = default;
  virtual std::string name() const = 0;
  /// Joules since some moment, rising; nothing if it cannot be read any more.
  virtual std::optional<double> read() = 0;
};

/// What there is to read.
struct EnergyCounters {
  std::vector<std::unique_ptr<EnergyCounter>> counters;
  std::string missing; ///< why there are none, in words; empty if there are some
};

/// Those of CPU packages, and of memory where it is counted apart, as Linux shows them (Documentation/power/powercap: zones of intel-rapl, AMD's
/// too, in microjoules that wrap around at max_energy_range_uj). `folder` is /sys/class/powercap but in tests.
EnergyCounters packageCounters(const std::string &folder);

/// That of GPU number 0, by NVML (nvmlDeviceGetTotalEnergyConsumption, from Volta on). `library` is libnvidia-ml.so.1 but in tests.
EnergyCounters deviceCounters(const std::string &library);

/// All that a program of the target keeps busy: the packages, and on cuda the device, without which there are none.
EnergyCounters countersFor(Target target);

/// Reads counters at a begin and at an end, and every 20 seconds between them on a thread of its own, so that none wraps around twice unseen: the
/// smallest known range is 65 kJ.
class EnergyMeter final : public JouleMeter {
public:
  explicit EnergyMeter(EnergyCounters counters) : all(std::move(counters)) {}
  ~EnergyMeter() override { stop(); }

  void begin() override;
  Joules end() override;

  /// Why the last end() had nothing, or will have nothing; empty otherwise.
  const std::string &missing() const { return all.missing; }

private:
  void stop();

  EnergyCounters all;
  std::vector<std::optional<double>> begun;
  std::mutex mutex; ///< of the counters, and of `ended`
  std::condition_variable wake;
  bool ended = false;
  std::thread reader;
};

} // namespace clew
