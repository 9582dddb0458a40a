// See EventRecord.h.
#include "training/EventRecord.h"

#include <array>
#include <bit>

namespace clew {
namespace {

constexpr std::array<uint32_t, 256> makeTable() {
  std::array<uint32_t, 256> table = {};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) {
      sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0x82F63B78U : 0U);
    }
    table[byte] = sum;
  }
  return table;
}
constexpr std::array<uint32_t, 256> table = makeTable();

template <typename T> void putNumber(std::string &out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    out += static_cast<char>(value >> (8 * i) & 0xFF);
  }
}

uint32_t maskedSum(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xA282EAD8U; }

std::string recordOf(std::string_view data) {
  std::string out;
  putNumber(out, uint64_t{data.size()});
  putNumber(out, maskedSum(out));
  out += data;
  putNumber(out, maskedSum(data));
  return out;
}

// Fields of protobuf messages: a tag (number of the field, kind of what follows), then the value.
enum Wire : uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

void putVarint(std::string &out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) {
    out += static_cast<char>((value & 0x7F) | 0x80);
  }
  out += static_cast<char>(value);
}

void putTag(std::string &out, int field, Wire wire) { putVarint(out, static_cast<uint64_t>(field) << 3 | wire); }

void putBytes(std::string &out, int field, std::string_view bytes) {
  putTag(out, field, Bytes);
  putVarint(out, bytes.size());
  out += bytes;
}

std::string eventAt(double wallTime, int64_t step) {
  std::string event;
  putTag(event, 1, Fixed64);
  putNumber(event, std::bit_cast<uint64_t>(wallTime));
  putTag(event, 2, Varint);
  putVarint(event, static_cast<uint64_t>(step));
  return event;
}

} // namespace

uint32_t crc32c(std::string_view bytes) {
  uint32_t sum = ~0U;
  for (const char byte : bytes) {
    sum = (sum >> 8) ^ table[(sum ^ static_cast<unsigned char>(byte)) & 0xFF];
  }
  return ~sum;
}

std::string versionEvent(double wallTime) {
  std::string event = eventAt(wallTime, 0);
  putBytes(event, 3, "brain.Event:2");
  return recordOf(event);
}

std::string startEvent(double wallTime, int64_t step) {
  // Events at `step` and later are dropped, so the first that is new is named.
  std::string event = eventAt(wallTime, step + 1);
  std::string log; // SessionLog: status = 1, START = 1
  putTag(log, 1, Varint);
  putVarint(log, 1);
  putBytes(event, 7, log);
  return recordOf(event);
}

std::string scalarsEvent(double wallTime, int64_t step, std::span<const std::pair<const char *, double>> scalars) {
  std::string summary;
  for (const auto &[tag, number] : scalars) {
    std::string value; // Summary.Value: tag = 1, simple_value = 2
    putBytes(value, 1, tag);
    putTag(value, 2, Fixed32);
    putNumber(value, std::bit_cast<uint32_t>(static_cast<float>(number)));
    putBytes(summary, 1, value);
  }
  std::string event = eventAt(wallTime, step);
  putBytes(event, 5, summary);
  return recordOf(event);
}

} // namespace clew
