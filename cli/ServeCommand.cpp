// clew serve: predictions over HTTP, with what waits answered together.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/Output.h"
#include "cli/SubjectArgument.h"
#include "cli/Version.h"
#include "suites/serve/PredictService.h"
#include "suites/serve/SubjectAnswerer.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>
#include <memory>

namespace clew {
namespace {

struct ServeArguments {
  SubjectArgument subject;
  std::string host = "127.0.0.1";
  uint16_t port = 8080;
  HttpBounds http;
  QueueBounds queue;
  int64_t textCharacters = 65536;
};

int serve(ServeArguments &arguments) {
  SubjectArgument &asked = arguments.subject;
  const Result<Task> task = findTask(asked.model.tasks, asked.model.task);
  if (!task) {
    return report(task.error(), codeOf(task.error()));
  }
  const Result<Model> model = loadModelFor(*task, asked.model);
  if (!model) {
    return report(model.error(), codeOf(model.error()));
  }
  // The port first: who cannot have it need not wait for the model.
  Result<HttpServer> server = HttpServer::listen(arguments.host, arguments.port, arguments.http);
  if (!server) {
    return report(server.error());
  }
  Result<Subject> subject = openSubject(*task, *model, asked);
  if (!subject) {
    return report(subject.error());
  }
  SubjectAnswerer answerer(*subject, asked.subject.threads);
  AnswerQueue queue(answerer, arguments.queue);
  PredictService service(
      *task, queue,
      {subject->modelName(), versionInfo().version, subject->identity().weightsSha256, arguments.textCharacters});
  const bool six = arguments.host.find(':') != std::string::npos;
  const std::string url =
      fmt::format("http://{}{}{}:{}", six ? "[" : "", arguments.host, six ? "]" : "", server->port());
  const Result<int> ended = server->run(service, [&] {
    printOut("{}\n", url);
    if (const Result<void> written = flushOutput(); !written) {
      report(written.error());
    }
    say("serving {} for {} at {}; Ctrl-C or SIGTERM stops it when what is under way is answered\n",
        subject->modelName(), task->name, url);
  });
  queue.finish(); // answers go nowhere now, but they refer to the server
  if (!ended) {
    return report(ended.error());
  }
  say("stopped\n");
  return *ended == SIGINT ? kInterrupted : kDone;
}

void addOptions(CLI::App &command, ServeArguments &arguments) {
  addSubjectOptions(command, arguments.subject);
  command.add_option("--host", arguments.host, "The address to listen on, numeric")
      ->capture_default_str()
      ->type_name("ADDRESS");
  command.add_option("--port", arguments.port, "The port; 0 takes a free one")->capture_default_str()->type_name("N");
  command.add_option("--queue", arguments.queue.waiting, "Rows that may wait; more are told 429")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("ROWS");
  command.add_option("--batch", arguments.queue.together, "Rows that are answered together at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 16))
      ->type_name("ROWS");
  command.add_option("--max-body", arguments.http.bodyBytes, "Bytes of a request's body at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 30))
      ->type_name("BYTES");
  command.add_option("--max-text", arguments.textCharacters, "Characters of a row's texts at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 30))
      ->type_name("N");
  command.add_option("--connections", arguments.http.connections, "Connections at once; more are told 503")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("N");
  command.add_option("--request-seconds", arguments.http.requestSeconds, "So long a request may take to come in")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 3600.0))
      ->type_name("S");
  command.add_option("--idle-seconds", arguments.http.idleSeconds, "So long a connection may ask for nothing")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 86400.0))
      ->type_name("S");
  command.add_option("--stop-seconds", arguments.http.stopSeconds, "So long what is under way has when it is stopped")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 3600.0))
      ->type_name("S");
}

} // namespace

void addServeCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<ServeArguments>();
  CLI::App *command = app.add_subcommand("serve", "Answer requests over HTTP");
  command->footer(
      "Example:\n  clew serve bert/base --weights tnews-model --task tnews --port 8080\n"
      "  curl -d '{\"text\": \"江疏影甜甜圈自拍\"}' http://127.0.0.1:8080/predict\n\n"
      "POST /predict takes a row, as `clew predict` does, or {\"rows\": [..]}; GET /health and /metrics (Prometheus).\n"
      "The address is printed when it listens. There is no encryption and no password: put a proxy before it.");
  addOptions(*command, *arguments);
  command->callback([arguments, &chosen] { chosen = [arguments] { return serve(*arguments); }; });
}

} // namespace clew
