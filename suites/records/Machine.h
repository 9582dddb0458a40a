// Machine: what a measurement ran on, as far as it changes times, and what of it a reader must know.
#pragma once

#include "runtime/base/Result.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace clew {

struct Machine {
  std::string cpu;                     ///< as the operating system names it
  int64_t cores = 1;                   ///< that this process may use
  std::vector<std::string> features;   ///< of the CPU, as the operating system names them
  std::optional<std::string> governor; ///< nothing: the system does not say (virtual machines)
  std::optional<bool> turbo;
  std::optional<bool> smt;  ///< two threads a core
  std::optional<bool> aslr; ///< addresses differ from run to run
  std::string kernel;
  int64_t memoryBytes = 0;
  /// Tells machines of one make apart and nobody which one it is: the first 16 hex digits of a hash of the system's machine-id. Nothing
  /// where the system has none (containers).
  std::optional<std::string> host;
  double load = 0; ///< mean of the last minute, at the start

  /// As a record has it.
  nlohmann::ordered_json json() const;
  /// Of a record's field `machine`. What is absent or of another type stays unknown: records come from anybody.
  static Machine of(const nlohmann::ordered_json &json);

  /// 64 hex digits of everything but load and memory: records with the same one were measured on one machine with the same settings.
  std::string identity() const;

  /// What disturbs or blurs times, in words: load over 0.2 a core, a governor that is not `performance` or not known, turbo, SMT, ASLR.
  std::vector<std::string> flags() const;
  /// Others were working: times of this moment say little.
  bool busy() const { return load > 0.2 * static_cast<double>(cores); }
};

/// What a report says of a machine in one cell of a table: "CPU, 2 cores".
std::string nameOf(const Machine &machine);

} // namespace clew
