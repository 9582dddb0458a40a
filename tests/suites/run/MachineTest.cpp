// Machine facts from a made-up /proc and /sys, and flags from facts.
#include "suites/run/ReadMachine.h"

#include "tests/runtime/base/TemporaryFolder.h"

#include <doctest/doctest.h>

namespace clew {

TEST_CASE("facts are read where Linux says them") {
  const TemporaryFolder folder;
  folder.write("proc/cpuinfo", "processor\t: 0\nmodel name\t: Fast CPU\nflags\t\t: avx2 fma\n\nprocessor\t: 1\n");
  folder.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
  folder.write("sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
  folder.write("sys/devices/system/cpu/smt/active", "0\n");
  folder.write("proc/sys/kernel/randomize_va_space", "2\n");
  folder.write("proc/sys/kernel/osrelease", "6.1.0\n");
  folder.write("proc/meminfo", "MemTotal:       1024 kB\n");
  folder.write("proc/loadavg", "9999.50 1 1 1/1 1\n");
  folder.write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  const Machine machine = readMachine(folder.path);
  CHECK(machine.cpu == "Fast CPU");
  REQUIRE(machine.host);
  CHECK(machine.host->size() == 16);
  CHECK(machine.host != "0123456789abcdef"); // it names nobody
  CHECK(machine.features == std::vector<std::string>{"avx2", "fma"});
  CHECK(machine.governor == "powersave");
  CHECK(machine.turbo == true);
  CHECK(machine.smt == false);
  CHECK(machine.aslr == true);
  CHECK(machine.kernel == "6.1.0");
  CHECK(machine.memoryBytes == 1 << 20);
  CHECK(machine.load == 9999.5);
  CHECK(machine.flags().size() == 4); // load, governor, turbo, ASLR
}

TEST_CASE("what the system does not say is null") {
  const TemporaryFolder folder;
  const Machine machine = readMachine(folder.path);
  CHECK(machine.json()["governor"].is_null());
  CHECK(machine.json()["turbo"].is_null());
  CHECK(machine.json()["host"].is_null());
  CHECK(machine.cores >= 1);
  CHECK(machine.flags() == std::vector<std::string>{"governor unknown"});
}

TEST_CASE("a machine is read back from a record; its identity is all but load and memory") {
  Machine machine;
  machine.cpu = "CPU";
  machine.features = {"avx2"};
  machine.governor = "performance";
  machine.turbo = false;
  machine.host = "0123456789abcdef";
  machine.load = 0.5;
  CHECK(Machine::of(machine.json()).json() == machine.json());
  Machine later = machine;
  later.load = 7;
  later.memoryBytes = 9;
  CHECK(later.identity() == machine.identity());
  later.kernel = "6.12";
  CHECK(later.identity() != machine.identity());
}

TEST_CASE("a quiet machine has no flags; the load counts a core") {
  Machine machine;
  machine.governor = "performance";
  machine.cores = 8;
  machine.load = 1.6;
  CHECK(machine.flags().empty());
  machine.load = 1.7;
  CHECK(machine.flags().size() == 1);
}

} // namespace clew
