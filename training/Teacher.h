// Teacher: the weights that a student learns from, looked at before anything is learnt. What published scripts let pass in silence
// (weights that were never fine-tuned, labels in another order, other tokens) ends here with an error.
#pragma once

#include "suites/run/Subject.h"
#include "training/TrainingRows.h"

#include <string>
#include <vector>

namespace clew {

struct TeacherReport {
  std::string metric;  ///< the task's headline
  double score = 0;    ///< of the teacher, per cent
  double majority = 0; ///< of always the most frequent label; of no entities at all: 0
  std::vector<std::string> notes;
  SubjectIdentity identity;
};

/// What the student learns from, and what it is chosen by.
struct StudentRows {
  TrainingRows &train;
  std::span<const Row> texts; ///< of `train`
  std::span<const Row> choosing;
  int32_t elsewhere = 0; ///< the target of tokens that are not judged
};

/// Opens the teacher, scores it on the rows that choose, and adds its tokens to `rows.train`. Errors of Subject::open, the order of
/// labels included, and of TrainingRows::addTeacher; BadInput if the teacher's score is not above the majority's.
Result<TeacherReport> meetTeacher(const Task &task, const Model &teacher, const SubjectOptions &options,
                                  const StudentRows &rows);

} // namespace clew
