// EventRecord: one event of TensorBoard as bytes of an event file. The form: a TFRecord (length, checksum of the length, data, checksum
// of the data; little-endian, checksums are CRC-32C, RFC 3720 B.4, rotated by 15 bits and shifted by 0xa282ead8) whose data is a
// protobuf message Event of TensorFlow's event.proto: wall_time = 1, step = 2, file_version = 3, summary = 5, session_log = 7.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace clew {

/// What an event file begins with.
std::string versionEvent(double wallTime);
/// A process that starts after update `step`: what stands in the folder for later steps counts no more.
std::string startEvent(double wallTime, int64_t step);
/// Numbers by their tags. A tag's part before '/' groups charts.
std::string scalarsEvent(double wallTime, int64_t step, std::span<const std::pair<const char *, double>> scalars);

} // namespace clew
