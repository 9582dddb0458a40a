// See Teacher.h.
#include "training/Teacher.h"

#include "training/Judge.h"

#include <fmt/format.h>

namespace clew {
namespace {

Result<void> checkTokens(const Task &task, const Model &teacher, const RowEncoder &encoder, const StudentRows &rows) {
  const Result<TrainingRows> read = TrainingRows::create(task, rows.texts, encoder, rows.elsewhere);
  if (!read) {
    return fail(read);
  }
  if (const auto sequence = rows.train.firstOther(*read)) {
    return fail(
        ErrorKind::BadInput,
        fmt::format("the teacher '{}' makes other tokens of sequence {} of the rows to learn from than the student: "
                    "both must have one tokenizer, vocabulary and special tokens",
                    teacher.name(), *sequence + 1),
        teacher.file);
  }
  return {};
}

} // namespace

Result<TeacherReport> checkTeacher(const Task &task, const Model &teacher, const SubjectOptions &options,
                                   const StudentRows &rows) {
  Result<Subject> subject = Subject::open(task, teacher, options);
  if (!subject) {
    return fail(subject);
  }
  if (Result<void> same = checkTokens(task, teacher, subject->encoder(), rows); !same) {
    return fail(same);
  }
  const Result<TrainingRows> chosen = TrainingRows::create(task, rows.choosing, subject->encoder(), rows.elsewhere);
  const Result<Scores> scores = chosen ? judge(*subject, rows.choosing, options.threads) : fail(chosen);
  if (!scores) {
    return fail(scores);
  }
  const auto &[metric, interval] = scores->metrics.front();
  TeacherReport report{metric, interval.value, 100 * rows.train.majorityShare(*chosen), subject->notes()};
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
