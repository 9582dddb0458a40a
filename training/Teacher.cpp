// See Teacher.h.
#include "training/Teacher.h"

#include "training/Judge.h"

#include <fmt/format.h>

namespace clew {
Result<TeacherReport> meetTeacher(const Task &task, const Model &teacher, const SubjectOptions &options,
                                  const StudentRows &rows) {
  Result<Subject> subject = Subject::open(task, teacher, options);
  if (!subject) {
    return fail(subject);
  }
  if (Result<void> added = rows.train.addTeacher(task, rows.texts, subject->encoder()); !added) {
    return fail(added);
  }
  const Result<TrainingRows> chosen = TrainingRows::create(task, rows.choosing, subject->encoder(), rows.elsewhere);
  const Result<Scores> scores = chosen ? judge(*subject, rows.choosing, options.threads) : fail(chosen);
  if (!scores) {
    return fail(scores);
  }
  const auto &[metric, interval] = scores->metrics.front();
  TeacherReport report{metric, interval.value, 100 * rows.train.majorityShare(*chosen), subject->notes(),
                       subject->identity()};
  if (report.score <= report.majority) {
    return fail(
        ErrorKind::BadInput,
        fmt::format("the teacher '{}' has {} {:.2f} on the rows that choose, and always the same answer has {:.2f}: "
                    "it was not trained for '{}'",
                    teacher.name(), metric, report.score, report.majority, task.name),
        options.weights);
  }
  return report;
}

} // namespace clew
