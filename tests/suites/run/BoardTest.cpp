// Boards: the shipped ones are right, wrong ones are told all their mistakes at once.
#include "suites/run/BoardReader.h"

#include "tests/runtime/base/TemporaryFolder.h"
#include "zoo/Zoo.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>

namespace clew {
namespace {

constexpr const char *right = R"(board: small
about: a test
models: [bert/sample]
tasks: [cluener, {task: tnews, otherwise: sample-classify}]
scenarios: [single-stream, server]
precisions: [f32, int8]
threads: [1, 2]
tier: standard
lengths: [8, 16]
server: {bound_ms: 20.5, batch: 8}
weights: ../weights
)";

} // namespace

TEST_CASE("a board with everything in it") {
  const TemporaryFolder folder;
  const Result<Board> board = readBoard(folder.write("small.yaml", right));
  REQUIRE(board);
  CHECK(board->name == "small");
  CHECK(board->tasks[1].name == "tnews");
  CHECK(board->tasks[1].otherwise == "sample-classify");
  CHECK(board->scenarios == std::vector{ScenarioKind::SingleStream, ScenarioKind::Server});
  CHECK(board->threads == std::vector{1, 2});
  CHECK(board->lengths == std::vector<int64_t>{8, 16});
  CHECK(board->boundMs == 20.5);
  CHECK(board->serverBatch == 8);
  CHECK(board->split == "dev");
  CHECK(board->targets == std::vector{Target::Cpu});
  CHECK(board->weights == folder.path + "/../weights");
  CHECK(secondsOf(board->tier) == 60);
}

TEST_CASE("all mistakes of a board are said, each with its place") {
  const TemporaryFolder folder;
  const std::string path = folder.write("bad.yaml", "board: bad\n"
                                                    "models: []\n"
                                                    "tasks: [tnews, tnews, {otherwise: x}]\n"
                                                    "scenarios: [singlestream, server]\n"
                                                    "precisions: [f16]\n"
                                                    "tier: long\n"
                                                    "threads: [0]\n"
                                                    "lengts: [8]\n");
  const std::vector<Error> errors = checkBoardFile(path);
  const auto says = [&](const std::string &where, const std::string &what) {
    return std::ranges::any_of(errors, [&](const Error &error) {
      return error.where.starts_with(path + where) && error.message.find(what) != std::string::npos;
    });
  };
  CHECK(says(":2:", "at least one"));
  CHECK(says(":3:", "'tnews' twice"));
  CHECK(says(":3:", "missing 'task'"));
  CHECK(says(":4:", "did you mean 'single-stream'"));
  CHECK(says(":5:", "'f16'"));
  CHECK(says(":6:", "'long'"));
  CHECK(says(":7:", "'threads'"));
  CHECK(says(":8:", "did you mean 'lengths'"));
  CHECK(says(":1:", "'server' needs"));
  CHECK(!readBoard(path));
}

TEST_CASE("hostile boards give errors, not crashes") {
  const TemporaryFolder folder;
  for (const char *text : {"", "[]", "board: [a]", "board: {a: b}\nmodels: {a: b}\ntasks: 3\nscenarios: null\ntier: []",
                           "\xff\xfe", "server: 5\nboard: x"}) {
    CHECK(!checkBoardFile(folder.write("x.yaml", text)).empty());
  }
  CHECK(checkBoardFile(folder.path + "/none.yaml")[0].kind == ErrorKind::NotFound);
}

TEST_CASE("the shipped boards are right, and named as their files") {
  for (const auto &entry : std::filesystem::directory_iterator(std::string(CLEW_SOURCE_DIR) + "/suites/boards")) {
    if (entry.path().extension() == ".yaml") {
      const Result<Board> board = readBoard(entry.path().string());
      REQUIRE_MESSAGE(board, (board ? "" : board.error().render()));
      CHECK(board->name == entry.path().stem());
      CHECK(!board->about.empty());
    }
  }
}

TEST_CASE("board latency has every model of the zoo, but for samples and those that cannot do its task") {
  const std::string source = CLEW_SOURCE_DIR;
  const Result<Board> board = readBoard(source + "/suites/boards/latency.yaml");
  const Result<Zoo> zoo = Zoo::openOnly({source + "/zoo"});
  REQUIRE(board);
  REQUIRE(zoo);
  std::set<std::string> expected;
  for (const ModelFile &file : zoo->models()) {
    for (const std::string &size : file.sizes) {
      if (size != "sample" && file.head != "classify") {
        expected.insert(file.architecture + "/" + size);
      }
    }
  }
  CHECK(expected.size() > 80);
  CHECK(std::set<std::string>(board->models.begin(), board->models.end()) == expected);
  CHECK(board->models.size() == expected.size());
}

TEST_CASE("tiers") {
  CHECK(secondsOf(Tier::Smoke) == 5);
  CHECK(secondsOf(Tier::Official) == 600);
  CHECK(*tierNamed("official") == Tier::Official);
  CHECK(tierNamed("oficial").error().kind == ErrorKind::BadInput);
  for (const ScenarioKind kind : kScenarios) {
    CHECK(*scenarioNamed(nameOf(kind)) == kind);
  }
}

} // namespace clew
