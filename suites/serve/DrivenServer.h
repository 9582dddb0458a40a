// DrivenServer: a server somewhere else as the scenarios see it. What a query takes outside is their latency, what the server says that it
// took inside (Server-Timing) is the part that they call the model's, and the difference is the network's and HTTP's.
#pragma once

#include "suites/data/Task.h"
#include "suites/run/Scenario.h"
#include "suites/serve/HttpClient.h"

namespace clew {

class DrivenServer final : public SystemUnderTest {
public:
  /// `rows` outlive nothing: their requests are made at once. Io if the server does not answer; BadInput if it serves another task.
  static Result<DrivenServer> connect(const std::string &url, const Task &task, std::span<const Row> rows);

  int64_t rows() const override { return static_cast<int64_t>(objects.size()); }
  /// All of them in one request. Io for any answer but predictions; tokens are not known outside.
  Result<Work> answer(std::span<const int32_t> asked) override;
  /// Requests of 64 rows, one after the other.
  Result<Work> answerAll(std::span<const int32_t> asked, int64_t &nanoseconds) override;

  /// Of all requests: what was not the server's, in nanoseconds.
  const std::vector<int64_t> &network() const { return outside; }
  const std::string &model() const { return served; } ///< as the server says

private:
  DrivenServer(HttpClient client) : client(std::move(client)) {}

  HttpClient client;
  std::string served;
  std::vector<std::string> objects; ///< [rows] as JSON
  std::vector<int64_t> outside;
};

/// Milliseconds of the parts that a Server-Timing header names, together; nothing if one of them is no number
/// (https://www.w3.org/TR/server-timing/).
std::optional<double> serverTiming(std::string_view header);

} // namespace clew
