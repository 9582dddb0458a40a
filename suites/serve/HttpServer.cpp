// The listener, the table of connections and the signals.
#include "suites/serve/HttpServer.h"

#include "suites/serve/HttpConnection.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <unordered_map>
#include <vector>

namespace clew {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

/// So many connections above the bound are told that there are too many; further ones wait in the system's queue.
static constexpr size_t kTurnedAway = 64;

struct HttpServer::Impl final : HttpOwner {
  explicit Impl(const HttpBounds &bounds) : limits(bounds) {}

  const HttpBounds &bounds() const override { return limits; }
  bool stopping() const override { return isStopping; }
  HttpHandler &handler() override { return *handles; }

  HttpReply replyTo(uint64_t number) override {
    return [this, number](HttpResponse response) {
      asio::post(io, [this, number, response = std::move(response)]() mutable {
        if (const auto found = connections.find(number); found != connections.end()) {
          const std::shared_ptr<HttpConnection> connection = found->second;
          connection->answer(std::move(response));
        }
      });
    };
  }

  void closed(uint64_t number) override {
    connections.erase(number);
    if (isStopping && connections.empty()) {
      end();
    } else if (!isStopping && !accepting) {
      accept();
    }
  }

  void accept() {
    accepting = acceptor.is_open() && connections.size() < limits.connections + kTurnedAway;
    if (!accepting) {
      return;
    }
    acceptor.async_accept([this](ErrorCode code, Tcp::socket socket) {
      if (code == asio::error::operation_aborted) {
        return;
      }
      if (code) { // no descriptors left, for example: they come back
        pause.expires_after(std::chrono::milliseconds(100));
        pause.async_wait([this](ErrorCode) { accept(); });
        return;
      }
      add(std::move(socket));
      accept();
    });
  }

  void add(Tcp::socket socket) {
    const bool full = connections.size() >= limits.connections;
    const uint64_t number = next++;
    const auto connection = std::make_shared<HttpConnection>(*this, number, std::move(socket));
    connections.emplace(number, connection);
    full ? connection->turnAway() : connection->start();
  }

  void awaitSignal() {
    signals.async_wait([this](ErrorCode code, int signal) {
      if (code) {
        return;
      }
      if (isStopping) {
        io.stop();
        return;
      }
      stoppedBy = signal;
      awaitSignal(); // before stop(), which may be the end already
      stop();
    });
  }

  void stop() {
    handles->stopping();
    // Who has a connection in the system's queue was accepted in its own eyes, and may have sent its request.
    ErrorCode code;
    acceptor.non_blocking(true, code);
    while (!code && connections.size() < limits.connections) {
      Tcp::socket socket(io);
      acceptor.accept(socket, code);
      if (!code) {
        add(std::move(socket));
      }
    }
    isStopping = true;
    acceptor.close(code);
    grace.expires_after(std::chrono::milliseconds(static_cast<int64_t>(limits.stopSeconds * 1000)));
    grace.async_wait([this](ErrorCode waited) {
      if (!waited) {
        io.stop();
      }
    });
    std::vector<std::shared_ptr<HttpConnection>> all;
    for (const auto &[number, connection] : connections) {
      all.push_back(connection);
    }
    for (const std::shared_ptr<HttpConnection> &connection : all) {
      connection->stop();
    }
    if (connections.empty()) {
      end();
    }
  }

  void end() {
    ErrorCode ignored;
    signals.cancel(ignored);
    grace.cancel();
    pause.cancel();
    work.reset();
  }

  HttpBounds limits;
  HttpHandler *handles = nullptr;
  std::unordered_map<uint64_t, std::shared_ptr<HttpConnection>> connections;
  uint64_t next = 0;
  int stoppedBy = 0;
  bool isStopping = false;
  bool accepting = false;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  Tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  asio::steady_timer grace{io};
  asio::signal_set signals{io};
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
HttpServer::HttpServer(HttpServer &&) noexcept = default;
HttpServer::~HttpServer() {
  if (impl) {
    impl->connections.clear(); // they refer to what is destroyed before them
  }
}

uint16_t HttpServer::port() const {
  ErrorCode ignored;
  return impl->acceptor.local_endpoint(ignored).port();
}

Result<HttpServer> HttpServer::listen(const std::string &address, uint16_t port, const HttpBounds &bounds) {
  ErrorCode code;
  const asio::ip::address parsed = asio::ip::make_address(address, code);
  if (code) {
    return fail(ErrorKind::BadInput, "expected a numeric address, as 127.0.0.1 or ::1", address);
  }
  auto impl = std::make_unique<Impl>(bounds);
  const Tcp::endpoint endpoint(parsed, port);
  Tcp::acceptor &acceptor = impl->acceptor;
  acceptor.open(endpoint.protocol(), code);
  if (!code) {
    acceptor.set_option(Tcp::acceptor::reuse_address(true), code);
  }
  if (!code) {
    acceptor.bind(endpoint, code);
  }
  if (!code) {
    acceptor.listen(Tcp::acceptor::max_listen_connections, code);
  }
  if (code) {
    return fail(ErrorKind::Io, "cannot listen: " + code.message(), fmt::format("{}:{}", address, port));
  }
  return HttpServer(std::move(impl));
}

Result<int> HttpServer::run(HttpHandler &handler, FunctionRef<void()> ready) {
  impl->handles = &handler;
  try {
    ErrorCode code;
    impl->signals.add(SIGTERM, code);
    if (!code) {
      impl->signals.add(SIGINT, code);
    }
    if (code) {
      return fail(ErrorKind::Io, "cannot wait for signals: " + code.message());
    }
    impl->awaitSignal();
    impl->accept();
    ready();
    impl->io.run();
  } catch (const std::exception &error) {
    return fail(ErrorKind::Internal, fmt::format("the server broke: {}", error.what()));
  }
  return impl->stoppedBy;
}

} // namespace clew
