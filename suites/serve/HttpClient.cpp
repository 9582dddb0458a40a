// Asynchronous operations that are waited for one by one: only those have times that end.
#include "suites/serve/HttpClient.h"

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/format.h>

#include <chrono>
#include <exception>

namespace clew {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using ErrorCode = boost::system::error_code;

struct HttpClient::Impl {
  std::string host;
  std::string port;
  std::chrono::milliseconds patience{0};
  asio::io_context io{1};
  std::unique_ptr<beast::tcp_stream> stream;
  beast::flat_buffer buffer;
  http::response<http::string_body> response;

  /// Starts one operation by `begin`, whose last argument is a handler, and waits for its end.
  template <typename Begin> ErrorCode await(Begin begin) {
    ErrorCode result;
    stream->expires_after(patience);
    begin([&](ErrorCode code, auto &&...) { result = code; });
    io.restart();
    io.run();
    return result;
  }

  Result<void> connect() {
    stream = std::make_unique<beast::tcp_stream>(io);
    buffer.clear();
    ErrorCode code;
    const auto found = asio::ip::tcp::resolver(io).resolve(host, port, code);
    if (!code) {
      code = await([&](auto done) { stream->async_connect(found, done); });
    }
    if (code) {
      stream.reset();
      return fail(ErrorKind::Io, "cannot connect: " + code.message(), host + ":" + port);
    }
    ErrorCode ignored;
    stream->socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    return {};
  }

  ErrorCode exchange(const http::request<http::string_body> &request) {
    ErrorCode code = await([&](auto done) { http::async_write(*stream, request, done); });
    if (!code) {
      response = {};
      code = await([&](auto done) { http::async_read(*stream, buffer, response, done); });
    }
    if (code || !response.keep_alive()) {
      stream.reset();
    }
    return code;
  }
};

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
HttpClient::HttpClient(HttpClient &&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpClient> HttpClient::open(const std::string &url, double seconds) {
  constexpr std::string_view scheme = "http://";
  std::string rest = url.starts_with(scheme) ? url.substr(scheme.size()) : "";
  rest = rest.ends_with('/') ? rest.substr(0, rest.size() - 1) : rest;
  const size_t bracket = rest.starts_with('[') ? rest.find(']') : 0;
  const size_t colon = bracket == std::string::npos ? bracket : rest.find(':', bracket);
  const std::string port = colon == std::string::npos ? "80" : rest.substr(colon + 1);
  std::string host = rest.substr(0, colon);
  host = bracket > 0 && bracket != std::string::npos ? rest.substr(1, bracket - 1) : host;
  const bool digits = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  if (host.empty() || host.find('/') != std::string::npos || !digits) {
    return fail(ErrorKind::BadInput, "expected http://HOST or http://HOST:PORT", url);
  }
  auto impl = std::make_unique<Impl>();
  impl->host = std::move(host);
  impl->port = port;
  impl->patience = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  try {
    if (Result<void> connected = impl->connect(); !connected) {
      return fail(connected);
    }
  } catch (const std::exception &error) {
    return fail(ErrorKind::Io, fmt::format("cannot connect: {}", error.what()), url);
  }
  return HttpClient(std::move(impl));
}

Result<HttpResponse> HttpClient::ask(const std::string &method, const std::string &path, const std::string &body) {
  try {
    http::request<http::string_body> request;
    request.method_string(method);
    request.target(path);
    request.version(11);
    request.set(http::field::host, impl->host + ":" + impl->port);
    request.set(http::field::content_type, "application/json");
    request.body() = body;
    request.prepare_payload();
    if (!impl->stream) {
      if (Result<void> connected = impl->connect(); !connected) {
        return fail(connected);
      }
    }
    if (const ErrorCode code = impl->exchange(request); code) {
      return fail(ErrorKind::Io, "no answer: " + code.message(), impl->host + ":" + impl->port + path);
    }
    HttpResponse response;
    response.status = static_cast<int>(impl->response.result_int());
    response.body = std::move(impl->response.body());
    if (const auto timing = impl->response.find("Server-Timing"); timing != impl->response.end()) {
      response.headers = {{"Server-Timing", std::string(timing->value().data(), timing->value().size())}};
    }
    return response;
  } catch (const std::exception &error) {
    return fail(ErrorKind::Io, fmt::format("no answer: {}", error.what()), impl->host + ":" + impl->port + path);
  }
}

} // namespace clew
