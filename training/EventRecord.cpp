// See EventRecord.h.
#include "training/EventRecord.h"

#include "runtime/base/WireWriter.h"
#include "runtime/weights/Crc32c.h"

namespace clew {
namespace {

template <typename T> void putNumber(std::string &out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    out += static_cast<char>(value >> (8 * i) & 0xFF);
  }
}

uint32_t maskedSum(std::string_view bytes) { return maskedCrc32c(crc32c(std::as_bytes(std::span(bytes)))); }

std::string recordOf(std::string_view data) {
  std::string out;
  putNumber(out, uint64_t{data.size()});
  putNumber(out, maskedSum(out));
  out += data;
  putNumber(out, maskedSum(data));
  return out;
}

WireWriter eventAt(double wallTime, int64_t step) {
  WireWriter event;
  event.wide(1, wallTime);
  event.integer(2, step);
  return event;
}

} // namespace

std::string versionEvent(double wallTime) {
  WireWriter event = eventAt(wallTime, 0);
  event.bytes(3, "brain.Event:2");
  return recordOf(event.written());
}

std::string startEvent(double wallTime, int64_t step) {
  // Events at `step` and later are dropped, so the first that is new is named.
  WireWriter event = eventAt(wallTime, step + 1);
  WireWriter log;
  log.integer(1, 1); // SessionLog: status = 1, START = 1
  event.bytes(7, log.written());
  return recordOf(event.written());
}

std::string scalarsEvent(double wallTime, int64_t step, std::span<const std::pair<const char *, double>> scalars) {
  WireWriter summary;
  for (const auto &[tag, number] : scalars) {
    WireWriter value; // Summary.Value: tag = 1, simple_value = 2
    value.bytes(1, tag);
    value.real(2, static_cast<float>(number));
    summary.bytes(1, value.written());
  }
  WireWriter event = eventAt(wallTime, step);
  event.bytes(5, summary.written());
  return recordOf(event.written());
}

} // namespace clew
