// See DrivenServer.h.
#include "suites/serve/DrivenServer.h"

#include "runtime/base/JsonValue.h"
#include "suites/data/PlainRow.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace clew {
namespace {

constexpr double kPatienceSeconds = 60;
constexpr size_t kRowsOfARequest = 64;

int64_t nanosecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - begin).count();
}

} // namespace

std::optional<double> serverTiming(std::string_view header) {
  constexpr std::string_view key = ";dur=";
  double sum = 0;
  size_t found = 0;
  for (size_t at = header.find(key); at != header.npos; at = header.find(key, at)) {
    at += key.size();
    double value = 0;
    const auto [end, error] = std::from_chars(header.data() + at, header.data() + header.size(), value);
    if (error != std::errc() || value < 0) {
      return std::nullopt;
    }
    sum += value;
    ++found;
  }
  return found > 0 ? std::optional(sum) : std::nullopt;
}

Result<DrivenServer> DrivenServer::connect(const std::string &url, const Task &task, std::span<const Row> rows) {
  Result<HttpClient> client = HttpClient::open(url, kPatienceSeconds);
  if (!client) {
    return fail(client);
  }
  const Result<HttpResponse> about = client->ask("GET", "/", "");
  const Result<nlohmann::json> json = about ? parseJson(about->body, url) : fail(about);
  if (!json) {
    return fail(json);
  }
  const auto text = [&](const char *name) {
    const auto found = json->is_object() ? json->find(name) : json->end();
    return found != json->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (text("task") != task.name) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a server of the task '{}', found one of '{}'", task.name, text("task")), url);
  }
  DrivenServer server(std::move(*client));
  server.served = text("model");
  for (const Row &row : rows) {
    server.objects.push_back(
        plainObject(row, *task.kind).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  }
  return server;
}

Result<Work> DrivenServer::answer(std::span<const int32_t> asked) {
  std::string body = "{\"rows\":[";
  for (const int32_t row : asked) {
    body += (body.back() == '[' ? "" : ",") + objects[static_cast<size_t>(row)];
  }
  body += "]}";
  const auto begin = std::chrono::steady_clock::now();
  const Result<HttpResponse> response = client.ask("POST", "/predict", body);
  const int64_t took = nanosecondsSince(begin);
  if (!response) {
    return fail(response);
  }
  const std::optional<double> inside =
      response->headers.empty() ? std::nullopt : serverTiming(response->headers.front().second);
  if (response->status != 200 || !inside) {
    return fail(ErrorKind::Io, fmt::format("expected predictions and their time, found {}: {}", response->status,
                                           response->body.substr(0, 300)));
  }
  const int64_t within = std::min(took, static_cast<int64_t>(*inside * 1e6));
  outside.push_back(took - within);
  return Work{within, 0};
}

Result<Work> DrivenServer::answerAll(std::span<const int32_t> asked, int64_t &nanoseconds) {
  Work all;
  const auto begin = std::chrono::steady_clock::now();
  for (size_t first = 0; first < asked.size(); first += kRowsOfARequest) {
    const Result<Work> one = answer(asked.subspan(first, std::min(kRowsOfARequest, asked.size() - first)));
    if (!one) {
      return one;
    }
    all.modelNanoseconds += one->modelNanoseconds;
  }
  nanoseconds = nanosecondsSince(begin);
  return all;
}

} // namespace clew
