// See RowTester.h.
#include "suites/report/RowTester.h"

#include "suites/metrics/Prediction.h"
#include "suites/records/PredictionFile.h"

namespace clew {
namespace {

Result<std::vector<Prediction>> readVerified(const ReportRow &row, const Task &task, const Dataset &data) {
  const Result<PredictionText> file = openPredictions({row.predictions, row.predictionsSha256}, row.recordFolder);
  if (!file) {
    return fail(file.error().kind,
                file.error().kind == ErrorKind::NotFound ? "the prediction file is not here" : file.error().message);
  }
  Result<std::vector<Prediction>> read = parsePredictions(task, file->text(), file->name());
  Result<MatchedPredictions> matched =
      read ? matchPredictions(task, data.rows, data.skipped, std::move(*read), file->name()) : fail(read);
  return matched ? Result<std::vector<Prediction>>(std::move(matched->predictions)) : fail(matched);
}

} // namespace

std::string boardOf(const ReportRow &row) {
  return row.task + '\n' + row.taskVersion + '\n' + row.split + '\n' + row.dataSha256;
}

Result<RowTester::GoldRows> RowTester::readGold(const ReportRow &row) const {
  Result<Task> task = gold.findTask(row.task);
  Result<Dataset> data = task ? gold.readRows(*task, row.split) : fail(task);
  if (!data) {
    return fail(data);
  }
  if (!row.dataSha256.empty() && data->sha256 != row.dataSha256) {
    return fail(ErrorKind::BadInput, "the data here is not the data of the record (sha256)");
  }
  return GoldRows{std::move(*task), std::move(*data)};
}

const Result<RowTester::GoldRows> &RowTester::goldOf(const ReportRow &row) {
  const std::string key = boardOf(row);
  auto place = golds.find(key);
  if (place == golds.end()) {
    place = golds.emplace(key, readGold(row)).first;
  }
  return place->second;
}

const Result<std::vector<Prediction>> &RowTester::predictionsOf(const ReportRow &row, const GoldRows &goldRows) {
  const std::string key = boardOf(row) + '\n' + row.predictionsSha256;
  auto place = shelf.find(key);
  if (place == shelf.end()) {
    place = shelf.emplace(key, readVerified(row, goldRows.task, goldRows.data)).first;
  }
  return place->second;
}

Result<PairedTest> RowTester::test(const ReportRow &row, const ReportRow &base) {
  if (base.predictions.empty() || row.predictions.empty()) {
    return fail(ErrorKind::NotFound,
                row.predictions.empty() ? "no prediction file" : "the base has no prediction file");
  }
  const Result<GoldRows> &rows = goldOf(row);
  if (!rows) {
    return fail(rows);
  }
  const Result<std::vector<Prediction>> &a = predictionsOf(base, *rows);
  if (!a) {
    return fail(a.error().kind, "base: " + a.error().message);
  }
  const Result<std::vector<Prediction>> &b = predictionsOf(row, *rows);
  return b ? comparePaired(rows->task, rows->data.rows, *a, *b, options) : fail(b);
}

} // namespace clew
