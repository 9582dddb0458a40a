// MODEL with --task, weights, vocabulary, target and threads: what commands have in common that answer texts (predict, serve).
#pragma once

#include "cli/ModelArgument.h"
#include "suites/run/Subject.h"

#include <string>

namespace clew {

struct SubjectArgument {
  ModelArgument model;
  SubjectOptions subject;
  bool randomWeights = false;
  std::string data;
};

/// MODEL, --zoo, --task, --tasks, --weights or --random-weights, --data, --vocab, addTargetOptions, --seed, --threads, --deterministic.
void addSubjectOptions(CLI::App &command, SubjectArgument &argument);

/// Opens it, and says on stderr what is to be known of it. Threads that were not given are one a core.
Result<Subject> openSubject(const Task &task, const Model &model, SubjectArgument &argument);

} // namespace clew
