// How reports write numbers and untrusted text, the same in every form.
#pragma once

#include "suites/metrics/Score.h"

#include <optional>
#include <string>
#include <string_view>

namespace clew {

std::string percentText(double value);              ///< "79.41"
std::string intervalText(const Interval &interval); ///< "79.41 [78.02, 80.77]"
std::string differenceText(double difference);      ///< "+0.53", "-1.20"
/// Three significant digits; "not enough samples" for an absent percentile.
std::string latencyText(std::optional<double> milliseconds);
std::string threeDigits(double number);      ///< "0.412", "41.2", "1,230"; thousands grouped
std::string bytesText(int64_t bytes);        ///< "412 MB", 1000-based; empty for 0
std::string pText(double p);                 ///< "0.012"; "< 0.001"
std::string ratioText(double ratio);         ///< "1.84x"
std::string shortened(std::string_view sha); ///< the first 12 digits

/// Without control characters, so that a record cannot drive the reader's terminal; broken UTF-8 becomes U+FFFD.
std::string plainText(std::string_view text);
/// Plain text whose every Markdown and HTML sign is escaped: it shows as it is, in tables too.
std::string markdownText(std::string_view text);

} // namespace clew
