// HttpConnection: one client. Reads a request at a time, within bounds, and writes what it is given; never waits.
#pragma once

#include "suites/serve/HttpServer.h"

#include <utility> // Boost 1.74's Asio uses std::exchange without it

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <memory>
#include <optional>

namespace clew {

class HttpConnection;

/// What a connection is part of; all calls come from the server's thread.
class HttpOwner {
public:
  virtual ~HttpOwner() = default;
  virtual const HttpBounds &bounds() const = 0;
  virtual bool stopping() const = 0;
  virtual HttpHandler &handler() = 0;
  /// Where the answer to the request of connection `number` goes. It may be called from any thread, as long as the owner lives.
  virtual HttpReply replyTo(uint64_t number) = 0;
  virtual void closed(uint64_t number) = 0;
};

/// Lives in its owner's table and in what it waits for.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
public:
  HttpConnection(HttpOwner &owner, uint64_t number, boost::asio::ip::tcp::socket socket);

  /// Reads requests.
  void start();
  /// Says that there are too many connections, and closes.
  void turnAway();
  /// Writes the answer to the request that was handed on last.
  void answer(HttpResponse response);
  /// Closes, if no request is under way; else after its answer.
  void stop();

private:
  using ErrorCode = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;

  void await();
  void readHeader();
  void readBody();
  void handOn();
  void failed(ErrorCode code);
  void refuse(int status, const std::string &why);
  void write();
  void written();
  void linger();
  void close();

  HttpOwner &owner;
  uint64_t number;
  boost::beast::tcp_stream stream;
  boost::beast::flat_buffer buffer;
  std::optional<Parser> parser;
  std::optional<Response> response;
  std::array<char, 4096> dropped;
  size_t droppedBytes = 0;
  bool idle = false;   ///< waits for a request's first byte
  bool goesOn = false; ///< after the answer, with another request
  bool headOnly = false;
};

} // namespace clew
