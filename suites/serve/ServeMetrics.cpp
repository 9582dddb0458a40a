// Counters and their lines.
#include "suites/serve/ServeMetrics.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace clew {
namespace {

/// Seconds, from a tenth of a millisecond on, by factors of about 2.
const std::vector<double> kSeconds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                      0.025,  0.05,    0.1,    0.25,  0.5,    1,     2.5};
const std::vector<double> kRows = {1, 2, 4, 8, 16, 32, 64, 128, 256};

/// A label's value as it must be written.
std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    text += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
  }
  return text;
}

std::string headOf(std::string_view name, std::string_view type, std::string_view help) {
  return fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

std::string single(std::string_view name, std::string_view type, std::string_view help, double value) {
  return headOf(name, type, help) + fmt::format("{} {}\n", name, value);
}

/// Pages of this process that are in memory, in bytes; 0 where the system does not tell.
double residentBytes() {
  std::ifstream statm("/proc/self/statm");
  double size = 0;
  double resident = 0;
  return statm >> size >> resident ? resident * static_cast<double>(sysconf(_SC_PAGESIZE)) : 0;
}

double secondsSince1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

} // namespace

void Histogram::add(double value) {
  ++counts[static_cast<size_t>(std::ranges::lower_bound(bounds, value) - bounds.begin())];
  sum += value;
}

std::string Histogram::render(std::string_view name, std::string_view help) const {
  std::string text = headOf(name, "histogram", help);
  uint64_t soFar = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    soFar += counts[i];
    text +=
        fmt::format("{}_bucket{{le=\"{}\"}} {}\n", name, i < bounds.size() ? fmt::to_string(bounds[i]) : "+Inf", soFar);
  }
  return text + fmt::format("{}_sum {}\n{}_count {}\n", name, sum, name, soFar);
}

ServeMetrics::ServeMetrics(std::vector<std::pair<std::string, std::string>> labels)
    : served(std::move(labels)), started(secondsSince1970()), waited(kSeconds), took(kSeconds), together(kRows) {}

void ServeMetrics::countRequest(std::string_view path, int status) {
  const std::lock_guard guard(mutex);
  ++requests[{std::string(path), status}];
}

void ServeMetrics::countRows(const QueueAnswer &answer, size_t rows) {
  const std::lock_guard guard(mutex);
  (answer.lines ? answered : failed) += rows;
  waited.add(answer.waitedSeconds);
  took.add(answer.answeredSeconds);
  together.add(static_cast<double>(answer.together));
}

void ServeMetrics::countRefusedRows(size_t rows) {
  const std::lock_guard guard(mutex);
  refused += rows;
}

std::string ServeMetrics::render(size_t waiting, size_t bound) const {
  const std::lock_guard guard(mutex);
  std::string text = headOf("clew_info", "gauge", "What is served.");
  text += "clew_info{";
  for (const auto &[name, value] : served) {
    text += fmt::format("{}{}=\"{}\"", text.back() == '{' ? "" : ",", name, escaped(value));
  }
  text += "} 1\n";
  text += headOf("clew_http_requests_total", "counter", "Requests by path and status.");
  for (const auto &[key, count] : requests) {
    text +=
        fmt::format("clew_http_requests_total{{path=\"{}\",code=\"{}\"}} {}\n", escaped(key.first), key.second, count);
  }
  text += single("clew_rows_answered_total", "counter", "Rows that were answered.", static_cast<double>(answered));
  text += single("clew_rows_failed_total", "counter", "Rows of requests that could not be answered.",
                 static_cast<double>(failed));
  text += single("clew_rows_refused_total", "counter", "Rows that were told 429 because the queue was full.",
                 static_cast<double>(refused));
  text += single("clew_queue_rows", "gauge", "Rows that wait.", static_cast<double>(waiting));
  text += single("clew_queue_bound_rows", "gauge", "Rows that may wait.", static_cast<double>(bound));
  text += waited.render("clew_queue_seconds", "From a request's reading until its rows were taken.");
  text += took.render("clew_answer_seconds", "From then until they were answered, text to label.");
  text += together.render("clew_batch_rows", "Rows that were answered together, by request.");
  text += single("process_resident_memory_bytes", "gauge", "Resident memory.", residentBytes());
  text += single("process_start_time_seconds", "gauge", "Start, in seconds since 1970.", started);
  return text;
}

} // namespace clew
