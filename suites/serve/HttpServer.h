// HttpServer: HTTP/1.1 for a service that answers when it can. All sockets belong to the thread that calls run(); answers may come from any.
// This folder's Http files are the one home of Boost.Asio and Boost.Beast: maintained with Boost, in Debian 12 and 13, asynchronous, so that
// a slow client holds a few kilobytes and no thread, with bounds on headers, bodies and times of its own.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "runtime/base/Result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace clew {

struct HttpRequest {
  std::string method; ///< "POST"
  std::string path;   ///< without what follows a '?'
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string contentType = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// Answers a request; called once, from any thread.
using HttpReply = std::function<void(HttpResponse)>;

/// What is asked for and what goes wrong below it. Called by the thread of run().
class HttpHandler {
public:
  virtual ~HttpHandler() = default;
  virtual void handle(HttpRequest request, HttpReply reply) = 0;
  /// What the server itself refuses: `status` (400, 408, 413, 431, 503) and why, in words.
  virtual HttpResponse refuse(int status, const std::string &why) = 0;
  /// The server stops: what is asked for from now on comes from requests that were under way.
  virtual void stopping() = 0;
};

struct HttpBounds {
  size_t bodyBytes = size_t{1} << 20;
  size_t headerBytes = size_t{16} << 10;
  size_t connections = 1024;  ///< at once; one more is told 503
  double requestSeconds = 10; ///< a request's first byte to its last, and a response's
  double idleSeconds = 60;    ///< between requests of a connection
  double stopSeconds = 30;    ///< after a signal what is under way has so long
};

class HttpServer {
public:
  /// Listens on a numeric address; port 0 takes a free one. BadInput for an address that is none; Io if it cannot be had.
  static Result<HttpServer> listen(const std::string &address, uint16_t port, const HttpBounds &bounds);
  HttpServer(HttpServer &&) noexcept;
  ~HttpServer();

  uint16_t port() const;

  /// Serves until SIGTERM or SIGINT: then takes no more connections, closes those that ask for nothing, answers all that was sent, and returns the
  /// signal's number. A second signal ends it at once. Io when the system refuses sockets for good.
  Result<int> run(HttpHandler &handler, FunctionRef<void()> ready);

private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace clew
