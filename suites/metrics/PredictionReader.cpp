// Reads prediction files. They come from anybody, so nothing in them is believed: sizes are bounded and every field is checked.
#include "suites/metrics/Prediction.h"

#include "runtime/base/JsonTree.h"
#include "runtime/base/JsonValue.h"
#include "runtime/base/MappedFile.h"
#include "suites/data/TextFile.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace clew {
namespace {

using nlohmann::json;

constexpr size_t kLongestLine = size_t{1} << 20;
constexpr size_t kLongestDocument = size_t{256} << 20;
constexpr int64_t kMostLines = 10'000'000;

Result<RowId> idOf(const json &object) {
  const auto id = object.find("id");
  if (id != object.end() && id->is_string()) {
    return RowId(id->get<std::string>());
  }
  const bool fits = id != object.end() && id->is_number_integer() &&
                    (!id->is_number_unsigned() || id->get<uint64_t>() <= std::numeric_limits<int64_t>::max());
  if (!fits) {
    return fail(ErrorKind::BadInput, "expected \"id\", a string or a whole number");
  }
  return RowId(id->get<int64_t>());
}

/// Line `number` of `path`.
Result<Prediction> readLine(const LabelIndex &labels, std::string_view line, const std::string &path, int number) {
  const Result<json> object = parseJson(line, path, number);
  if (!object) {
    return fail(object);
  }
  const auto wrong = [&](std::string message) {
    return fail(ErrorKind::BadInput, std::move(message), fmt::format("{}:{}", path, number));
  };
  if (!object->is_object()) {
    return wrong(fmt::format("expected a JSON object, found {}", object->type_name()));
  }
  Result<RowId> id = idOf(*object);
  if (!id) {
    return wrong(id.error().message);
  }
  Prediction prediction{std::move(*id), {}};
  if (const Result<void> answer = labels.task().kind->readAnswer(labels, *object, prediction.answer); !answer) {
    return wrong(answer.error().message);
  }
  return prediction;
}

constexpr std::string_view kTableHeader = "index\tprediction";

/// GLUE's table: a line `index<TAB>prediction`, then an id and a label a line.
Result<Prediction> readTableLine(const LabelIndex &labels, std::string_view line, const std::string &path, int number) {
  const auto wrong = [&](const std::string &message) {
    return fail(ErrorKind::BadInput, message, fmt::format("{}:{}", path, number));
  };
  line.remove_suffix(line.ends_with('\r') ? 1 : 0);
  const size_t tab = line.find('\t');
  if (tab == std::string_view::npos || tab == 0 || line.find('\t', tab + 1) != std::string_view::npos) {
    return wrong("expected an index, a tab and a prediction");
  }
  if (Result<void> valid = checkUtf8(line, path); !valid) {
    return wrong(valid.error().message);
  }
  Prediction prediction{std::string(line.substr(0, tab)), {}};
  const json object = {{"label", std::string(line.substr(tab + 1))}};
  if (const Result<void> answer = labels.task().kind->readAnswer(labels, object, prediction.answer); !answer) {
    return wrong(answer.error().message);
  }
  return prediction;
}

/// Whether the text can only be one document and no lines: its first line is no whole JSON value, or it is the only one and, having no
/// id, no prediction.
bool isDocument(std::string_view text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  if (!line.starts_with('{') || line.size() > kLongestLine) {
    return line.starts_with('{');
  }
  const Result<json> first = parseJson(line, "");
  return !first || (first->is_object() && !first->contains("id") && isBlank(text.substr(end)));
}

/// Predictions of one document, which begins on `line`.
Result<std::vector<Prediction>> readWhole(const Task &task, std::string_view text, const std::string &path, int line) {
  if (text.size() > kLongestDocument) {
    return fail(ErrorKind::BadInput, "a JSON document of more than 256 MiB", path);
  }
  if (const Result<void> utf8 = checkUtf8(text, path); !utf8) {
    return fail(utf8);
  }
  const Result<JsonNode> document = parseJsonTree(text, path, line);
  if (!document) {
    return fail(document);
  }
  return task.kind->readDocument(*document, path);
}

Result<std::vector<Prediction>> readLines(const Task &task, std::string_view rest, const std::string &path) {
  const LabelIndex labels(task);
  std::vector<Prediction> predictions;
  bool table = false;
  for (int64_t number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (isBlank(line)) {
      continue;
    }
    if (number > kMostLines || line.size() > kLongestLine) {
      return fail(ErrorKind::BadInput, number > kMostLines ? "more than 10,000,000 lines" : "a line of more than 1 MiB",
                  fmt::format("{}:{}", path, number));
    }
    if (number == 1 && line.substr(0, line.find('\r')) == kTableHeader) {
      table = true;
      continue;
    }
    Result<Prediction> prediction = table ? readTableLine(labels, line, path, static_cast<int>(number))
                                          : readLine(labels, line, path, static_cast<int>(number));
    if (!prediction) {
      return fail(prediction);
    }
    predictions.push_back(std::move(*prediction));
  }
  return predictions;
}

} // namespace

Result<std::vector<Prediction>> readPredictions(const Task &task, const std::string &path) {
  const Result<MappedFile> file = MappedFile::open(path);
  return file ? parsePredictions(task, file->text(), path) : fail(file);
}

Result<std::vector<Prediction>> parsePredictions(const Task &task, std::string_view text, const std::string &path) {
  if (text.starts_with("\xef\xbb\xbf")) {
    text.remove_prefix(3);
  }
  const size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
  Result<std::vector<Prediction>> predictions = task.kind->readDocument && isDocument(text.substr(begin))
                                                    ? readWhole(task, text.substr(begin), path, static_cast<int>(line))
                                                    : readLines(task, text, path);
  if (predictions && predictions->empty()) {
    return fail(ErrorKind::BadInput, "no predictions in this file", path);
  }
  return predictions;
}

} // namespace clew
