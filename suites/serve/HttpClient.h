// HttpClient: one connection to a server that is measured from outside.
#pragma once

#include "suites/serve/HttpServer.h"

#include <memory>
#include <string>

namespace clew {

/// Used by one thread.
class HttpClient {
public:
  /// Connects to http://HOST[:PORT]. A request and its answer may take `seconds`, and so may connecting. BadInput for another URL; Io.
  static Result<HttpClient> open(const std::string &url, double seconds);
  HttpClient(HttpClient &&) noexcept;
  ~HttpClient();

  /// Asks and waits; connects anew where the server has closed. `headers` of the response hold Server-Timing alone, if it is there. Io.
  Result<HttpResponse> ask(const std::string &method, const std::string &path, const std::string &body);

private:
  struct Impl;
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace clew
