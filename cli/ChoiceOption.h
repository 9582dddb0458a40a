// Flags whose value is one of an enumeration's names: what they accept, list and complain about comes from the enumeration.
#pragma once

#include "runtime/base/NamedValues.h"

#include <CLI/CLI.hpp>

namespace clew {

/// `flag` NAME sets `target`, a T that holds the default, or an optional one.
template <typename Holder, typename T, size_t N>
CLI::Option *addChoice(CLI::App &command, const std::string &flag, Holder &target, const std::array<T, N> &values,
                       const std::string &help) {
  return command
      .add_option_function<std::string>(
          flag, [&target, &values](const std::string &name) { target = *valueNamed(values, "value", name); }, help)
      ->check(CLI::IsMember(namesOf(values)))
      ->type_name("NAME");
}

/// `flag` A,B sets `targets` to those, in that order.
template <typename T, size_t N>
CLI::Option *addChoices(CLI::App &command, const std::string &flag, std::vector<T> &targets,
                        const std::array<T, N> &values, const std::string &help) {
  return command
      .add_option_function<std::vector<std::string>>(
          flag,
          [&targets, &values](const std::vector<std::string> &names) {
            targets.clear();
            for (const std::string &name : names) {
              targets.push_back(*valueNamed(values, "value", name));
            }
          },
          help)
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->check(CLI::IsMember(namesOf(values)))
      ->type_name("A,B");
}

} // namespace clew
