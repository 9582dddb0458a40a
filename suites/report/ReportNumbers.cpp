// Fixed formats; no locale.
#include "suites/report/ReportNumbers.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace clew {
namespace {

std::string withThousands(double whole) {
  std::string digits = fmt::format("{:.0f}", whole);
  const size_t first = digits.starts_with('-') ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

/// Broken sequences become U+FFFD: the JSON library's own writer does it.
std::string validUtf8(std::string_view text) {
  using Json = nlohmann::json;
  const std::string quoted = Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
  return Json::parse(quoted, nullptr, false).get<std::string>();
}

} // namespace

std::string percentText(double value) { return fmt::format("{:.2f}", value); }

std::string intervalText(const Interval &interval) {
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", interval.value, interval.lo, interval.hi);
}

std::string differenceText(double difference) { return fmt::format("{:+.2f}", difference); }

std::string latencyText(std::optional<double> milliseconds) {
  return milliseconds ? threeDigits(*milliseconds) : "not enough samples";
}

std::string threeDigits(double number) {
  if (number == 0) {
    return "0";
  }
  int magnitude = static_cast<int>(std::floor(std::log10(std::abs(number))));
  if (std::round(std::abs(number) / std::pow(10, magnitude - 2)) >= 1000) { // 9.996 rounds to 10.0
    ++magnitude;
  }
  return magnitude >= 3 ? withThousands(number) : fmt::format("{:.{}f}", number, std::clamp(2 - magnitude, 0, 6));
}

std::string bytesText(int64_t bytes) {
  if (bytes <= 0) {
    return "";
  }
  const double megabytes = static_cast<double>(bytes) / 1e6;
  return megabytes < 1000 ? fmt::format("{} MB", threeDigits(megabytes)) : fmt::format("{:.2f} GB", megabytes / 1000);
}

std::string pText(double p) { return p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", p); }

std::string ratioText(double ratio) { return threeDigits(ratio) + "x"; }

std::string shortened(std::string_view sha) { return std::string(sha.substr(0, 12)); }

std::string plainText(std::string_view text) {
  const std::string valid = validUtf8(text);
  std::string out;
  for (size_t i = 0; i < valid.size(); ++i) {
    const auto byte = static_cast<unsigned char>(valid[i]);
    const bool c1 = byte == 0xc2 && i + 1 < valid.size() && static_cast<unsigned char>(valid[i + 1]) < 0xa0;
    if (c1) {
      ++i;
    }
    out += byte < 0x20 || byte == 0x7f || c1 ? ' ' : valid[i];
  }
  return out;
}

std::string markdownText(std::string_view text) {
  const std::string plain = plainText(text);
  auto isWord = [&](size_t at) {
    return at < plain.size() && (std::isalnum(static_cast<unsigned char>(plain[at])) != 0 || plain[at] < 0);
  };
  std::string out;
  for (size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[i];
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      const bool insideWord = c == '_' && i > 0 && isWord(i - 1) && isWord(i + 1);
      const bool beginsLink = (c == '(' || c == '[') && i > 0 && plain[i - 1] == ']';
      if ((std::string_view("\\`*_|~").find(c) != std::string_view::npos && !insideWord) || beginsLink) {
        out += '\\';
      }
      out += c;
    }
  }
  return out;
}

} // namespace clew
