// See RunLog.h.
#include "training/RunLog.h"

#include "training/EventRecord.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>

namespace clew {
namespace {

using nlohmann::ordered_json;

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

Result<void> append(const std::string &path, std::string_view bytes) {
  std::ofstream stream(path, std::ios::app | std::ios::binary);
  stream << bytes;
  stream.flush();
  return stream ? Result<void>() : fail(ErrorKind::Io, "cannot be written", path);
}

} // namespace

Result<RunLog> RunLog::open(const std::string &folder, int64_t step) {
  const std::filesystem::path root(folder);
  RunLog log;
  log.lines = (root / "log.jsonl").string();
  log.events = (root / fmt::format("events.out.tfevents.{:.6f}.clew", now())).string();
  const Result<void> begun = append(log.events, versionEvent(now()) + startEvent(now(), step));
  return begun ? Result<RunLog>(std::move(log)) : fail(begun);
}

Result<void> RunLog::add(const StepReport &report) {
  const ordered_json line = {{"step", report.step},
                             {"epoch", report.epoch},
                             {"loss", report.loss},
                             {"rate", report.rate},
                             {"tokens_per_s", report.tokensPerSecond}};
  const std::array<Scalar, 3> scalars = {
      {{"train/loss", report.loss}, {"train/rate", report.rate}, {"train/tokens_per_s", report.tokensPerSecond}}};
  const Result<void> added = addLine(line.dump());
  return added ? addScalars(report.step, scalars) : added;
}

Result<void> RunLog::add(const EpochReport &report) {
  const ordered_json line = {{"epoch", report.epoch},
                             {"mean_loss", report.loss},
                             {"score", report.score},
                             {"best", report.best},
                             {"seconds", report.seconds}};
  const std::array<Scalar, 2> scalars = {{{"epoch/mean_loss", report.loss}, {"epoch/score", report.score}}};
  const Result<void> added = addLine(line.dump());
  return added ? addScalars(report.step, scalars) : added;
}

Result<void> RunLog::addLine(const std::string &line) const { return append(lines, line + '\n'); }

Result<void> RunLog::addScalars(int64_t step, std::span<const Scalar> scalars) const {
  return append(events, scalarsEvent(now(), step, scalars));
}

} // namespace clew
