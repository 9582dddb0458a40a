// --shard i/n: the same of every command that can do a part of its job.
#pragma once

#include "suites/run/Shard.h"

#include <CLI/CLI.hpp>

#include <string>

namespace clew {

inline void addShardOption(CLI::App &command, Shard &shard) {
  command
      .add_option_function<std::string>(
          "--shard", [&shard](const std::string &text) { shard = *parseShard(text); },
          "Only the i-th of n parts of it; parts may run anywhere")
      ->check([](const std::string &text) {
        const Result<Shard> parsed = parseShard(text);
        return parsed ? std::string() : parsed.error().message;
      })
      ->type_name("I/N");
}

} // namespace clew
