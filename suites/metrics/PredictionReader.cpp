// Reads prediction files. They come from anybody, so nothing in them is believed: sizes are bounded and every field is checked.
#include "suites/metrics/Prediction.h"

#include "runtime/base/MappedFile.h"
#include "suites/metrics/EntityCheck.h"
#include "yaml/Suggest.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace clew {
namespace {

using nlohmann::json;

constexpr size_t kLongestLine = size_t{1} << 20;
constexpr int64_t kMostLines = 10'000'000;
constexpr double kProbabilitySlack = 1e-3; ///< softmax in low precision may pass 1 by a little

Failure bad(std::string message) { return fail(ErrorKind::BadInput, std::move(message)); }

const json *find(const json &object, const char *key) {
  const auto at = object.find(key);
  return at == object.end() ? nullptr : &*at;
}

std::optional<int64_t> asInteger(const json &value) {
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || value.get<uint64_t>() <= std::numeric_limits<int64_t>::max());
  return fits ? std::optional(value.get<int64_t>()) : std::nullopt;
}

/// Reads lines of one task.
class LineReader {
public:
  explicit LineReader(const Task &task) : task(task) {
    for (size_t i = 0; i < task.labels.size(); ++i) {
      index.emplace(task.labels[i], static_cast<int32_t>(i));
    }
  }

  Result<Prediction> read(std::string_view line) const {
    const json object = json::parse(line.begin(), line.end(), nullptr, false);
    if (!object.is_object()) {
      return bad(object.is_discarded() ? "this line is not JSON in UTF-8"
                                       : fmt::format("expected a JSON object, found {}", object.type_name()));
    }
    Prediction prediction;
    Result<void> done = readId(object, prediction);
    if (done) {
      switch (task.kind) {
      case TaskKind::Classify:
      case TaskKind::Pair:
        done = readLabel(object, prediction);
        break;
      case TaskKind::Tag:
        done = readEntities(object, prediction);
        break;
      case TaskKind::Span:
        done = readAnswer(object, prediction);
        break;
      }
    }
    return done ? Result<Prediction>(std::move(prediction)) : fail(done);
  }

private:
  static Result<void> readId(const json &object, Prediction &prediction) {
    const json *id = find(object, "id");
    if (id != nullptr && id->is_string()) {
      prediction.id = id->get<std::string>();
      return {};
    }
    const std::optional<int64_t> number = id != nullptr ? asInteger(*id) : std::nullopt;
    if (!number) {
      return bad("expected \"id\", a string or a whole number");
    }
    prediction.id = *number;
    return {};
  }

  Result<int32_t> labelOf(const std::string &name) const {
    const auto found = index.find(name);
    if (found == index.end()) {
      return bad(fmt::format("task '{}' has no label '{}'{}", task.name, name, didYouMean(name, task.labels)));
    }
    return found->second;
  }

  Result<void> readLabel(const json &object, Prediction &prediction) const {
    const json *label = find(object, "label");
    if (label == nullptr || (!label->is_string() && !label->is_number_integer())) {
      return bad(fmt::format("expected \"label\", one of the {} labels of task '{}'", task.labels.size(), task.name));
    }
    const Result<int32_t> found = labelOf(label->is_string() ? label->get<std::string>() : label->dump());
    if (!found) {
      return fail(found);
    }
    prediction.label = *found;
    const json *probs = find(object, "probs");
    return probs != nullptr ? readProbs(*probs, prediction) : Result<void>();
  }

  Result<void> readProbs(const json &probs, Prediction &prediction) const {
    if (!probs.is_object() || probs.size() != task.labels.size()) {
      return bad(
          fmt::format("expected \"probs\", an object with one number for each of the {} labels", task.labels.size()));
    }
    prediction.probs.resize(task.labels.size());
    for (const auto &[name, value] : probs.items()) {
      const Result<int32_t> found = labelOf(name);
      if (!found) {
        return fail(found);
      }
      const double number = value.is_number() ? value.get<double>() : -1;
      if (!(number >= 0 && number <= 1 + kProbabilitySlack)) {
        return bad(fmt::format("the probability of '{}' is no number from 0 to 1", name));
      }
      prediction.probs[static_cast<size_t>(*found)] = static_cast<float>(number);
    }
    return {};
  }

  Result<void> readEntities(const json &object, Prediction &prediction) const {
    const json *label = find(object, "label");
    if (label == nullptr || !label->is_object()) {
      return bad("expected \"label\", an object {type: {string: [[begin, end], ...]}}");
    }
    const json *text = find(object, "text");
    if (text != nullptr && !text->is_string()) {
      return bad("\"text\" is no string");
    }
    std::vector<std::pair<Entity, std::string>> found;
    for (const auto &[type, strings] : label->items()) {
      const Result<int32_t> known = labelOf(type);
      if (!known) {
        return fail(known);
      }
      if (!strings.is_object()) {
        return bad(fmt::format("expected an object {{string: [[begin, end], ...]}} for '{}'", type));
      }
      for (const auto &[string, places] : strings.items()) {
        if (const Result<void> done = readPlaces(type, string, places, found); !done) {
          return fail(done);
        }
      }
    }
    std::sort(found.begin(), found.end(), [](const auto &a, const auto &b) {
      return std::tie(a.first.begin, a.first.end, a.first.type) < std::tie(b.first.begin, b.first.end, b.first.type);
    });
    for (auto &[entity, string] : found) {
      prediction.entities.push_back(std::move(entity));
      prediction.surfaces.push_back(std::move(string));
    }
    if (text != nullptr) {
      prediction.text = text->get<std::string>();
      return checkEntities(prediction, prediction.text);
    }
    return {};
  }

  static Result<void> readPlaces(const std::string &type, const std::string &string, const json &places,
                                 std::vector<std::pair<Entity, std::string>> &found) {
    const auto wrong = [&] {
      return bad(fmt::format(
          "expected [[begin, end], ...] with 0 <= begin <= end for '{}', the last character being end", string));
    };
    if (!places.is_array()) {
      return wrong();
    }
    for (const json &place : places) {
      if (!place.is_array() || place.size() != 2) {
        return wrong();
      }
      const std::optional<int64_t> begin = asInteger(place[0]);
      const std::optional<int64_t> end = asInteger(place[1]);
      if (!begin || !end || *begin < 0 || *end < *begin || *end >= std::numeric_limits<int32_t>::max()) {
        return wrong();
      }
      found.push_back({{type, static_cast<int32_t>(*begin), static_cast<int32_t>(*end + 1)}, string});
    }
    return {};
  }

  static Result<void> readAnswer(const json &object, Prediction &prediction) {
    const json *answer = find(object, "answer");
    if (answer == nullptr || !answer->is_string()) {
      return bad("expected \"answer\", a string");
    }
    prediction.answer = answer->get<std::string>();
    if (const json *start = find(object, "start"); start != nullptr && !start->is_null()) {
      const std::optional<int64_t> number = asInteger(*start);
      if (!number || *number < -1 || *number > std::numeric_limits<int32_t>::max()) {
        return bad("\"start\" is no character's number (-1: unknown)");
      }
      prediction.start = static_cast<int32_t>(*number);
    }
    return {};
  }

  const Task &task;
  std::unordered_map<std::string, int32_t> index;
};

} // namespace

Result<std::vector<Prediction>> readPredictions(const Task &task, const std::string &path) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) {
    return fail(file);
  }
  std::string_view rest(reinterpret_cast<const char *>(file->bytes().data()), file->size());
  if (rest.starts_with("\xef\xbb\xbf")) {
    rest.remove_prefix(3);
  }
  const LineReader reader(task);
  std::vector<Prediction> predictions;
  for (int64_t number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.find_first_not_of(" \t\r") == line.npos) {
      continue;
    }
    const std::string where = fmt::format("{}:{}", path, number);
    if (number > kMostLines || line.size() > kLongestLine) {
      return fail(ErrorKind::BadInput, number > kMostLines ? "more than 10,000,000 lines" : "a line of more than 1 MiB",
                  where);
    }
    Result<Prediction> prediction = reader.read(line);
    if (!prediction) {
      return fail(ErrorKind::BadInput, prediction.error().message, where);
    }
    predictions.push_back(std::move(*prediction));
  }
  if (predictions.empty()) {
    return fail(ErrorKind::BadInput, "no predictions in this file", path);
  }
  return predictions;
}

} // namespace clew
