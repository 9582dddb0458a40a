// Machine: what a measurement ran on, as far as it changes times, and what of it a reader must know.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace clew {

struct Machine {
  std::string cpu;                     ///< as the operating system names it
  int cores = 1;                       ///< that this process may use
  std::vector<std::string> features;   ///< of the CPU, as the operating system names them
  std::optional<std::string> governor; ///< nothing: the system does not say (virtual machines)
  std::optional<bool> turbo;
  std::optional<bool> smt;  ///< two threads a core
  std::optional<bool> aslr; ///< addresses differ from run to run
  std::string kernel;
  int64_t memoryBytes = 0;
  double load = 0; ///< mean of the last minute

  /// As a record has it.
  nlohmann::ordered_json json() const;
  /// What disturbs or blurs times, in words: load over 0.2 a core, a governor that is not `performance` or not known, turbo, SMT, ASLR.
  std::vector<std::string> flags() const;
};

/// Reads /proc and /sys below `root`. What is not there stays unknown.
Machine readMachine(const std::string &root = "/");

} // namespace clew
