// From the first byte to the last answer of one client.
#include "suites/serve/HttpConnection.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>

namespace clew {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

/// What a client may still send that is not read, so that it sees our last answer before the connection is reset.
constexpr size_t kMostDropped = size_t{4} << 20;
constexpr double kLingerSeconds = 2;
constexpr size_t kPiece = size_t{64} << 10;

} // namespace

HttpConnection::HttpConnection(HttpOwner &owner, uint64_t number, boost::asio::ip::tcp::socket socket)
    : owner(owner), number(number), stream(std::move(socket)), buffer(owner.bounds().headerBytes + kPiece) {
  ErrorCode ignored;
  stream.socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
}

void HttpConnection::start() { await(); }

void HttpConnection::turnAway() { refuse(503, "too many connections; come back later"); }

/// Between requests a client may take its time, but not for ever.
void HttpConnection::await() {
  if (buffer.size() > 0) { // the next request came with the one before
    readHeader();
    return;
  }
  if (owner.stopping()) {
    linger();
    return;
  }
  idle = true;
  stream.expires_after(milliseconds(owner.bounds().idleSeconds));
  stream.async_read_some(buffer.prepare(kPiece / 16), [self = shared_from_this()](ErrorCode code, size_t bytes) {
    self->idle = false;
    if (code) {
      self->close();
      return;
    }
    self->buffer.commit(bytes);
    self->readHeader();
  });
}

void HttpConnection::readHeader() {
  parser.emplace();
  parser->header_limit(static_cast<uint32_t>(owner.bounds().headerBytes));
  parser->body_limit(owner.bounds().bodyBytes);
  stream.expires_after(milliseconds(owner.bounds().requestSeconds)); // for header and body together
  http::async_read_header(stream, buffer, *parser, [self = shared_from_this()](ErrorCode code, size_t) {
    if (code) {
      self->failed(code);
      return;
    }
    if (!beast::iequals(self->parser->get()[http::field::expect], "100-continue")) {
      self->readBody();
      return;
    }
    self->response.emplace(http::status::continue_, 11);
    http::async_write(self->stream, *self->response,
                      [self](ErrorCode sent, size_t) { sent ? self->failed(sent) : self->readBody(); });
  });
}

void HttpConnection::readBody() {
  http::async_read(stream, buffer, *parser,
                   [self = shared_from_this()](ErrorCode code, size_t) { code ? self->failed(code) : self->handOn(); });
}

void HttpConnection::handOn() {
  stream.expires_never(); // now it is we who take time
  Parser::value_type request = parser->release();
  goesOn = request.keep_alive();
  const auto method = request.method_string();
  HttpRequest asked;
  asked.method.assign(method.data(), method.size());
  headOnly = asked.method == "HEAD";
  if (headOnly) {
    asked.method = "GET";
  }
  asked.path.assign(request.target().data(), request.target().size());
  asked.path = asked.path.substr(0, asked.path.find('?'));
  asked.body = std::move(request.body());
  owner.handler().handle(std::move(asked), owner.replyTo(number));
}

void HttpConnection::failed(ErrorCode code) {
  if (code == http::error::body_limit) {
    refuse(413, "the body is longer than " + std::to_string(owner.bounds().bodyBytes) + " bytes");
  } else if (code == http::error::header_limit || code == http::error::buffer_overflow) {
    refuse(431, "the header is longer than " + std::to_string(owner.bounds().headerBytes) + " bytes");
  } else if (code != http::error::end_of_stream && code != http::error::partial_message &&
             code.category() == http::make_error_code(http::error::bad_method).category()) {
    refuse(400, "no HTTP request: " + code.message());
  } else {
    close(); // gone, or too slow: the stream is closed
  }
}

void HttpConnection::refuse(int status, const std::string &why) {
  goesOn = false;
  headOnly = false;
  answer(owner.handler().refuse(status, why));
}

void HttpConnection::answer(HttpResponse answered) {
  goesOn = goesOn && !owner.stopping();
  response.emplace();
  response->version(11);
  response->result(static_cast<unsigned>(answered.status));
  response->set(http::field::content_type, answered.contentType);
  for (const auto &[name, value] : answered.headers) {
    response->set(name, value);
  }
  response->keep_alive(goesOn);
  response->content_length(answered.body.size());
  if (!headOnly) {
    response->body() = std::move(answered.body);
  }
  write();
}

void HttpConnection::write() {
  stream.expires_after(milliseconds(owner.bounds().requestSeconds));
  http::async_write(stream, *response,
                    [self = shared_from_this()](ErrorCode code, size_t) { code ? self->close() : self->written(); });
}

void HttpConnection::written() { goesOn ? await() : linger(); }

/// Ours is the last word; what still comes is dropped, for a while: closing at once would reset the connection and take the answer away.
void HttpConnection::linger() {
  ErrorCode ignored;
  if (droppedBytes == 0) {
    stream.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    stream.expires_after(milliseconds(kLingerSeconds));
  }
  stream.async_read_some(boost::asio::buffer(dropped), [self = shared_from_this()](ErrorCode code, size_t bytes) {
    self->droppedBytes += bytes;
    code || self->droppedBytes > kMostDropped ? self->close() : self->linger();
  });
}

void HttpConnection::stop() {
  ErrorCode ignored;
  if (idle && stream.socket().available(ignored) == 0) { // else a request has come already
    stream.cancel();
  }
}

void HttpConnection::close() {
  ErrorCode ignored;
  stream.socket().close(ignored);
  owner.closed(number);
}

} // namespace clew
