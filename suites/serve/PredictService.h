// PredictService: predictions over HTTP, apart from sockets and models: requests to rows, rows to the queue, answers to JSON.
//
//   POST /predict   a row {"text": ..} -> its prediction; {"rows": [..]} -> {"predictions": [..]}
//   GET /health     {"status": "ok", ..}; 503 and "stopping" after a signal
//   GET /metrics    for Prometheus
//   GET /           what is served, and how to ask
//
// Every answer that is no 200 is {"error": {"status": .., "message": ".."}}.
#pragma once

#include "suites/data/Task.h"
#include "suites/serve/AnswerQueue.h"
#include "suites/serve/HttpServer.h"
#include "suites/serve/ServeMetrics.h"

#include <nlohmann/json_fwd.hpp>

#include <atomic>

namespace clew {

struct ServiceFacts {
  std::string model; ///< architecture/size
  std::string version;
  std::string weightsSha256;  ///< or random:SEED
  int64_t textCharacters = 0; ///< of a row at most
};

class PredictService final : public HttpHandler {
public:
  /// `task` and `queue` outlive it; so does it the queue's last answer.
  PredictService(const Task &task, AnswerQueue &queue, ServiceFacts facts);

  void handle(HttpRequest request, HttpReply reply) override;
  HttpResponse refuse(int status, const std::string &why) override;
  void stopping() override { isStopping = true; }

private:
  void predict(const std::string &body, const HttpReply &reply);
  Result<std::vector<Row>> rowsOf(const nlohmann::json &body, bool single) const;
  Result<Row> rowOf(const nlohmann::json &object, int64_t number) const;
  HttpResponse said(std::string_view path, HttpResponse response);
  HttpResponse about() const;

  const Task &task;
  AnswerQueue &queue;
  ServiceFacts facts;
  ServeMetrics metrics;
  std::atomic<bool> isStopping = false;
};

} // namespace clew
