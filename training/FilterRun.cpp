// See FilterRun.h. What a run is stands in augment.json from the beginning; each saving writes it anew after kept.jsonl is on disk, so that what
// it says of kept.jsonl is always true of its first `kept_bytes` bytes.
#include "training/FilterRun.h"

#include "runtime/base/AtomicFile.h"
#include "runtime/base/Excerpt.h"
#include "runtime/base/JsonValue.h"
#include "runtime/base/OutputPlace.h"
#include "runtime/base/Sha256.h"
#include "runtime/base/Stopwatch.h"
#include "suites/data/TextFile.h"
#include "suites/run/BenchLock.h"
#include "training/Judge.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace clew {
namespace {

using nlohmann::ordered_json;

/// Lines that are answered together.
constexpr int64_t kPiece = 512;

/// A whole number of the file, from `least` to `most`.
Result<int64_t> wholeOf(const ordered_json &object, const char *key, std::pair<int64_t, int64_t> range,
                        const std::string &path) {
  const auto found = object.find(key);
  const bool whole = object.is_object() && found != object.end() && found->is_number_integer();
  const int64_t value = whole ? found->get<int64_t>() : -1;
  if (!whole || value < range.first || value > range.second) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected '{}' to be a whole number from {} to {}", key, range.first, range.second), path);
  }
  return value;
}

} // namespace

struct FilterRun::Impl {
  Impl(Subject &teacher, FilterOptions options) : teacher(teacher), options(std::move(options)) {}

  Result<void> prepare(const Model &model);
  Result<void> readAvoided(const Model &model);
  Result<void> survey();
  Result<void> goOn();
  Result<void> takePlace(const ordered_json &state, const std::string &path);
  Result<void> judgeTeacher();
  Result<void> save(bool complete);
  std::string stateText(bool complete, int64_t bytes, const std::string &digest) const;
  std::string file(const char *name) const { return (std::filesystem::path(options.out) / name).string(); }

  Subject &teacher;
  FilterOptions options;
  std::vector<std::string> noted;
  std::vector<LineFile> texts;
  int64_t begin = 0, end = 0; ///< lines of this share
  int64_t done = 0;           ///< of them
  FilterCounts counts;
  ordered_json setting; ///< what must not change from one start to the next
  ordered_json judged;  ///< what the teacher has on `judgeBy`
  std::optional<BenchLock> lock;
  std::optional<TeacherFilter> filter;
  std::optional<KeptFile> kept;
};

Result<void> FilterRun::Impl::prepare(const Model &model) {
  Result<void> ready = readAvoided(model);
  for (const std::string &text : ready ? options.texts : std::vector<std::string>()) {
    for (const char *name : {"kept.jsonl", "augment.json"}) {
      ready = ready ? refuseReplacing(file(name), text, "a text that is read") : ready;
    }
  }
  ready = ready ? survey() : ready;
  ready = ready ? makeFolder(options.out) : ready;
  if (!ready) {
    return ready;
  }
  Result<BenchLock> taken = BenchLock::take(options.out);
  if (!taken) {
    return fail(taken);
  }
  lock.emplace(std::move(*taken));
  return goOn();
}

Result<void> FilterRun::Impl::readAvoided(const Model &model) {
  const Task &task = teacher.task();
  if (options.avoid.empty()) {
    for (const TaskSplit &split : task.splits) {
      options.avoid.push_back(split.name);
    }
  }
  const SubjectIdentity &identity = teacher.identity();
  setting = {{"task", task.name},
             {"model", model.name()},
             {"model_sha256", identity.modelSha256},
             {"weights_sha256", identity.weightsSha256},
             {"tokenizer_sha256", identity.tokenizerSha256},
             {"parts", options.rules.parts},
             {"confidence", options.rules.confidence},
             {"avoided", ordered_json::object()}};
  std::vector<Dataset> splits;
  std::vector<std::string_view> sentences;
  for (const std::string &name : options.avoid) {
    Result<Dataset> split = readSplit(task, name, options.dataFolder);
    if (!split) {
      Error error = split.error();
      error.message += fmt::format(" (lines that occur in '{}' are to be left out; --avoid names other splits)", name);
      return Failure(std::move(error));
    }
    setting["avoided"][name] = split->sha256;
    splits.push_back(std::move(*split));
  }
  for (const Dataset &split : splits) {
    for (const Row &row : split.rows) {
      sentences.insert(sentences.end(), row.fields.begin(), row.fields.end());
    }
  }
  Result<AvoidedTexts> avoided = AvoidedTexts::create(sentences);
  Result<TeacherFilter> made =
      avoided ? TeacherFilter::create(teacher, model, std::move(*avoided), options.rules) : fail(avoided);
  if (!made) {
    return fail(made);
  }
  filter.emplace(std::move(*made));
  return {};
}

Result<void> FilterRun::Impl::survey() {
  setting["texts"] = ordered_json::array();
  int64_t lines = 0;
  for (const std::string &path : options.texts) {
    Result<LineFile> text = surveyLines(path);
    if (!text) {
      return fail(text);
    }
    setting["texts"].push_back({{"sha256", text->sha256}, {"lines", text->lines}});
    lines += text->lines;
    texts.push_back(std::move(*text));
  }
  const auto [first, last] = options.shard.rangeOf((lines + kPiece - 1) / kPiece);
  begin = std::min(first * kPiece, lines);
  end = std::min(last * kPiece, lines);
  setting["shard"] = fmt::format("{}/{}", options.shard.index, options.shard.count);
  return {};
}

/// Begins, or takes the place where the folder's run stands.
Result<void> FilterRun::Impl::goOn() {
  const std::string path = file("augment.json");
  const Result<TextFile> text = readTextFile(path);
  if (text) {
    const Result<ordered_json> state = parseOrderedJson(text->text, path);
    return state ? takePlace(*state, path) : fail(state);
  }
  if (text.error().kind != ErrorKind::NotFound) {
    return fail(text);
  }
  std::error_code ignored;
  if (std::filesystem::exists(file("kept.jsonl"), ignored)) {
    return fail(ErrorKind::BadInput, "is there, and no augment.json that says of what run: it would be replaced",
                file("kept.jsonl"));
  }
  Result<void> good = judgeTeacher();
  // First said what the run is, then begun: else a kill in between would leave a file of no run.
  good = good ? writeFileAtomically(path, stateText(/*complete=*/false, 0, "")) : good;
  Result<KeptFile> opened = good ? KeptFile::open(file("kept.jsonl"), 0) : fail(good);
  if (!opened) {
    return fail(opened);
  }
  kept.emplace(std::move(*opened));
  return {};
}

Result<void> FilterRun::Impl::takePlace(const ordered_json &state, const std::string &path) {
  const ordered_json was = state.is_object() ? state.value("setting", ordered_json()) : ordered_json();
  for (const auto &[key, value] : setting.items()) {
    const ordered_json before = was.is_object() ? was.value(key, ordered_json()) : ordered_json();
    if (before != value) {
      return fail(ErrorKind::BadInput,
                  fmt::format("the folder has another run: its '{}' is {}, and now it would be {}", key,
                              excerpt(before.dump()), excerpt(value.dump())),
                  path);
    }
  }
  const Result<int64_t> lines = wholeOf(state, "lines", {0, end - begin}, path);
  const Result<int64_t> bytes = wholeOf(state, "kept_bytes", {0, INT64_MAX}, path);
  if (!lines || !bytes) {
    return !lines ? fail(lines) : fail(bytes);
  }
  const ordered_json told = state.value("counts", ordered_json());
  for (const auto &[name, member] : countNames()) {
    const Result<int64_t> count = wholeOf(told, name, {0, *lines}, path);
    if (!count) {
      return fail(count);
    }
    counts.*member = *count;
  }
  if (counts.lines() != *lines) {
    return fail(ErrorKind::BadInput, fmt::format("expected counts of {} lines, found {}", *lines, counts.lines()),
                path);
  }
  done = *lines;
  judged = state.value("teacher", ordered_json());
  Result<KeptFile> opened = KeptFile::open(file("kept.jsonl"), *bytes);
  if (!opened) {
    return fail(opened);
  }
  kept.emplace(std::move(*opened));
  return {};
}

/// A teacher that was never trained would fill the folder with nonsense.
Result<void> FilterRun::Impl::judgeTeacher() {
  const Task &task = teacher.task();
  Result<Dataset> split = readSplit(task, options.judgeBy, options.dataFolder);
  const Result<Scores> scores = split ? judge(teacher, split->rows, options.threads) : fail(split);
  if (!scores) {
    return fail(scores);
  }
  const auto &[metric, interval] = scores->metrics.front();
  const double majority = majorityScore(split->rows);
  const std::string said = fmt::format("the teacher {} has {} {:.2f} on '{}'; always the same answer has {:.2f}",
                                       teacher.modelName(), metric, interval.value, options.judgeBy, majority);
  if (interval.value <= majority) {
    return fail(ErrorKind::BadInput, said + fmt::format(": it was not trained for '{}'", task.name));
  }
  noted.push_back(said);
  judged = {{"split", options.judgeBy}, {"metric", metric}, {"score", interval.value}, {"majority", majority}};
  return {};
}

Result<void> FilterRun::Impl::save(bool complete) {
  if (Result<void> written = kept->sync(); !written) {
    return written;
  }
  const Result<std::string> digest = complete ? sha256OfFile(file("kept.jsonl")) : Result<std::string>("");
  return digest ? writeFileAtomically(file("augment.json"), stateText(complete, kept->bytes(), *digest)) : fail(digest);
}

std::string FilterRun::Impl::stateText(bool complete, int64_t bytes, const std::string &digest) const {
  ordered_json state = {{"setting", setting}, {"teacher", judged}, {"complete", complete}, {"lines", done}};
  for (const auto &[name, member] : countNames()) {
    state["counts"][name] = counts.*member;
  }
  state["kept_bytes"] = bytes;
  if (complete) {
    state["kept_sha256"] = digest;
  }
  return state.dump(1) + "\n";
}

FilterRun::FilterRun(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
FilterRun::~FilterRun() = default;

Result<std::unique_ptr<FilterRun>> FilterRun::open(Subject &teacher, const Model &model, const FilterOptions &options) {
  auto impl = std::make_unique<Impl>(teacher, options);
  const Result<void> ready = impl->prepare(model);
  return ready ? Result<std::unique_ptr<FilterRun>>(std::unique_ptr<FilterRun>(new FilterRun(std::move(impl))))
               : fail(ready);
}

const std::vector<std::string> &FilterRun::notes() const { return impl->noted; }
int64_t FilterRun::linesOfShare() const { return impl->end - impl->begin; }
int64_t FilterRun::linesDone() const { return impl->done; }
const FilterCounts &FilterRun::counts() const { return impl->counts; }
std::string FilterRun::keptPath() const { return impl->file("kept.jsonl"); }

Result<void> FilterRun::run(const std::function<void(int64_t)> &onLines) {
  Impl &my = *impl;
  Result<LineStream> stream = LineStream::open(my.texts, my.begin + my.done, my.end);
  if (!stream) {
    return fail(stream);
  }
  const Stopwatch watch;
  double savedAt = 0;
  std::vector<NumberedLine> lines(static_cast<size_t>(kPiece));
  std::string kept;
  while (my.begin + my.done < my.end) {
    size_t count = 0;
    for (; count < lines.size(); ++count) {
      const Result<bool> more = stream->next(lines[count].text);
      if (!more) {
        return fail(more);
      }
      if (!*more) {
        break;
      }
      lines[count].number = stream->number();
    }
    kept.clear();
    Result<void> went = my.filter->judge(std::span(lines).first(count), kept, my.counts);
    went = went ? my.kept->append(kept) : went;
    my.done += static_cast<int64_t>(count);
    const bool due = watch.seconds() - savedAt >= my.options.saveEvery;
    went = went && due ? my.save(/*complete=*/false) : went;
    if (!went) {
      return went;
    }
    savedAt = due ? watch.seconds() : savedAt;
    onLines(static_cast<int64_t>(count));
  }
  return my.save(/*complete=*/true);
}

} // namespace clew
