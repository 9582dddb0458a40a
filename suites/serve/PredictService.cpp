// See PredictService.h.
#include "suites/serve/PredictService.h"

#include "runtime/base/JsonValue.h"
#include "suites/data/PlainRow.h"
#include "suites/data/TextFile.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json &json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

HttpResponse errorResponse(int status, const std::string &message) {
  return {status, dumped({{"error", {{"status", status}, {"message", message}}}})};
}

/// Who sent it can mend it, or it is ours.
int statusOf(const Error &error) { return error.kind == ErrorKind::BadInput ? 400 : 500; }

HttpResponse answerOf(const QueueAnswer &answer, bool single) {
  if (!answer.lines) {
    return errorResponse(statusOf(answer.lines.error()), answer.lines.error().message);
  }
  HttpResponse response;
  if (single) {
    response.body = answer.lines->front() + "\n";
  } else {
    response.body = "{\"predictions\":[";
    for (const std::string &line : *answer.lines) {
      response.body += (response.body.back() == '[' ? "" : ",") + line;
    }
    response.body += "]}\n";
  }
  response.headers = {{"Server-Timing", fmt::format("queue;dur={:.3f}, answer;dur={:.3f}", answer.waitedSeconds * 1e3,
                                                    answer.answeredSeconds * 1e3)}};
  return response;
}

} // namespace

PredictService::PredictService(const Task &task, AnswerQueue &queue, ServiceFacts facts)
    : task(task), queue(queue), facts(std::move(facts)), metrics({{"model", this->facts.model},
                                                                  {"task", task.name},
                                                                  {"weights", this->facts.weightsSha256},
                                                                  {"version", this->facts.version}}) {}

/// Counts the answer.
HttpResponse PredictService::said(std::string_view path, HttpResponse response) {
  metrics.countRequest(path, response.status);
  return response;
}

HttpResponse PredictService::refuse(int status, const std::string &why) { return said("", errorResponse(status, why)); }

HttpResponse PredictService::about() const {
  Json fields = Json::array();
  for (const RowField &field : task.kind->fields) {
    fields.push_back(field.name);
  }
  return {200, dumped({{"model", facts.model},
                       {"task", task.name},
                       {"kind", task.kind->name},
                       {"weights", facts.weightsSha256},
                       {"version", facts.version},
                       {"fields", fields},
                       {"ask", "POST /predict with a row, or with {\"rows\": [..]}"}})};
}

void PredictService::handle(HttpRequest request, HttpReply reply) {
  const bool post = request.path == "/predict";
  const bool known = post || request.path == "/health" || request.path == "/metrics" || request.path == "/";
  if (!known) {
    reply(said("other", errorResponse(404, fmt::format("no '{}' here: POST /predict, GET /health, /metrics or /",
                                                       request.path.substr(0, 100)))));
    return;
  }
  if (request.method != (post ? "POST" : "GET")) {
    HttpResponse response = errorResponse(405, fmt::format("expected {}", post ? "POST" : "GET"));
    response.headers = {{"Allow", post ? "POST" : "GET, HEAD"}};
    reply(said(request.path, std::move(response)));
    return;
  }
  if (post) {
    predict(request.body, reply);
  } else if (request.path == "/health") {
    const bool ok = !isStopping;
    reply(said(request.path,
               {ok ? 200 : 503, dumped({{"status", ok ? "ok" : "stopping"}, {"queue_rows", queue.waiting()}})}));
  } else if (request.path == "/metrics") {
    reply(said(request.path, {200, metrics.render(queue.waiting(), queue.bounds().waiting),
                              "text/plain; version=0.0.4; charset=utf-8"}));
  } else {
    reply(said(request.path, about()));
  }
}

/// BadInput for what is no row, and for one with too long a text.
Result<Row> PredictService::rowOf(const nlohmann::json &object, int64_t number) const {
  Result<Row> row = plainRow(object, *task.kind, number);
  if (!row) {
    return row;
  }
  int64_t characters = 0;
  for (const std::string &text : row->fields) {
    characters += countCodePoints(text);
  }
  if (characters > facts.textCharacters) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected texts of {} characters at most, found {}", facts.textCharacters, characters));
  }
  return row;
}

Result<std::vector<Row>> PredictService::rowsOf(const nlohmann::json &body, bool single) const {
  std::vector<Row> rows;
  if (single) {
    Result<Row> row = rowOf(body, 0);
    if (!row) {
      return fail(row);
    }
    rows.push_back(std::move(*row));
    return rows;
  }
  const nlohmann::json &list = body["rows"];
  if (!list.is_array() || list.empty()) {
    return fail(ErrorKind::BadInput, "\"rows\": expected a list of rows, one at least");
  }
  for (const nlohmann::json &object : list) {
    Result<Row> row = rowOf(object, static_cast<int64_t>(rows.size()));
    if (!row) {
      return fail(row.error().kind, fmt::format("rows[{}]: {}", rows.size(), row.error().message));
    }
    rows.push_back(std::move(*row));
  }
  return rows;
}

void PredictService::predict(const std::string &body, const HttpReply &reply) {
  const Result<nlohmann::json> json = parseJson(body, "body");
  if (!json) {
    reply(said("/predict", errorResponse(400, json.error().where + ": " + json.error().message)));
    return;
  }
  const bool single = !json->is_object() || !json->contains("rows");
  Result<std::vector<Row>> rows = rowsOf(*json, single);
  if (!rows) {
    reply(said("/predict", errorResponse(400, rows.error().message)));
    return;
  }
  const size_t count = rows->size();
  if (count > queue.bounds().waiting) {
    reply(said("/predict", errorResponse(413, fmt::format("expected {} rows at most in a request, found {}",
                                                          queue.bounds().waiting, count))));
    return;
  }
  const bool taken = queue.submit(std::move(*rows), [this, reply, single, count](const QueueAnswer &answer) {
    metrics.countRows(answer, count);
    reply(said("/predict", answerOf(answer, single)));
  });
  if (taken) {
    return;
  }
  if (isStopping) {
    reply(said("/predict", errorResponse(503, "the server stops")));
    return;
  }
  metrics.countRefusedRows(count);
  HttpResponse response =
      errorResponse(429, fmt::format("{} rows wait already; {} may", queue.waiting(), queue.bounds().waiting));
  response.headers = {{"Retry-After", "1"}};
  reply(said("/predict", std::move(response)));
}

} // namespace clew
