// Sessions end to end on the ref backend: numbers against a loop written here, batches that must be refused, many at once.
#include "runtime/session/Session.h"

#include "runtime/program/Validate.h"

#include "tests/runtime/program/SmallProgram.h"

#include <cmath>
#include <doctest/doctest.h>
#include <thread>

using namespace clew;
using namespace clew::test;

namespace {

/// The first `count` numbers of a derived input.
std::vector<int32_t> intsOf(const DerivedInputs &derived, size_t index, size_t count) {
  const auto *values = static_cast<const int32_t *>(derived.pointers[index]);
  return {values, values + count};
}

/// A batch with its own memory.
struct OwnedBatch {
  std::vector<int32_t> ids, segments, offsets;
  operator Batch() const { return {ids, segments, offsets}; }
};

std::shared_ptr<const Executable> makeExecutable(const ExecutableOptions &options = {}) {
  Program program = smallProgram();
  Weights weights = randomWeights(program, 1, 1);
  auto executable = Executable::create(std::move(program), std::move(weights), options);
  REQUIRE_MESSAGE(executable.has_value(), executable.error().render());
  return *executable;
}

Session makeSession(const std::shared_ptr<const Executable> &executable) {
  auto session = Session::create(executable);
  REQUIRE(session.has_value());
  return std::move(*session);
}

std::vector<float> outputOf(const Session &session, std::string_view name) {
  const auto output = session.output(name);
  REQUIRE(output.has_value());
  return {output->values().begin(), output->values().end()};
}

/// The model of smallProgram for one token, in plain loops.
std::vector<double> expectedToken(const Executable &executable, int32_t id, int32_t segment) {
  const auto parameter = [&](size_t index) {
    return *executable.weights().get(executable.program().parameters[index]);
  };
  const auto linear = [](const std::vector<double> &x, std::span<const float> w, std::span<const float> b) {
    std::vector<double> y(b.begin(), b.end());
    for (size_t n = 0; n < y.size(); ++n) {
      for (size_t k = 0; k < x.size(); ++k) {
        y[n] += x[k] * static_cast<double>(w[n * x.size() + k]);
      }
    }
    return y;
  };
  std::vector<double> x(kWidth);
  for (size_t j = 0; j < x.size(); ++j) {
    x[j] = static_cast<double>(parameter(0)[static_cast<size_t>(id) * kWidth + j]) +
           static_cast<double>(parameter(1)[static_cast<size_t>(segment) * kWidth + j]);
  }
  x = linear(x, parameter(2), parameter(3));
  for (double &value : x) {
    value = 0.5 * value * std::erfc(-value / std::sqrt(2.0));
  }
  x = linear(x, parameter(4), parameter(5));
  double mean = 0, squares = 0;
  for (double value : x) {
    mean += value / kWidth;
    squares += value * value / kWidth;
  }
  for (size_t j = 0; j < x.size(); ++j) {
    x[j] = (x[j] - mean) / std::sqrt(squares - mean * mean) * static_cast<double>(parameter(6)[j]) +
           static_cast<double>(parameter(7)[j]);
  }
  return x;
}

void checkRun(const Session &session, const OwnedBatch &batch) {
  const auto hidden = *session.output("hidden");
  const auto pooled = *session.output("pooled");
  REQUIRE((hidden.rows == static_cast<int64_t>(batch.ids.size()) && hidden.columns == kWidth));
  REQUIRE((pooled.rows == static_cast<int64_t>(batch.offsets.size()) - 1 && pooled.columns == kWidth));
  for (size_t token = 0; token < batch.ids.size(); ++token) {
    const auto expected =
        expectedToken(session.executable(), batch.ids[token], batch.segments.empty() ? 0 : batch.segments[token]);
    for (size_t j = 0; j < expected.size(); ++j) {
      REQUIRE(hidden.values()[token * kWidth + j] == doctest::Approx(expected[j]).epsilon(1e-4));
    }
  }
  for (size_t row = 0; row + 1 < batch.offsets.size(); ++row) {
    for (size_t j = 0; j < kWidth; ++j) {
      REQUIRE(pooled.values()[row * kWidth + j] ==
              hidden.values()[static_cast<size_t>(batch.offsets[row]) * kWidth + j]);
    }
  }
}

/// Batch number `n` of an endless row of small ones of many sizes.
OwnedBatch someBatch(unsigned n) {
  OwnedBatch batch{{}, {}, {0}};
  for (unsigned row = 0; row < 1 + n % 4; ++row) {
    for (unsigned i = 0; i < 1 + (n * 7 + row * 3) % 8; ++i) {
      batch.ids.push_back(static_cast<int32_t>((n + 3 * i + row) % kVocabulary));
      batch.segments.push_back(static_cast<int32_t>((n + i) % 2));
    }
    batch.offsets.push_back(static_cast<int32_t>(batch.ids.size()));
  }
  if (n % 3 == 0) {
    batch.segments.clear();
  }
  return batch;
}

} // namespace

TEST_CASE("a session computes what the model means, for batches of every size") {
  const auto executable = makeExecutable({.threads = 2});
  Session session = makeSession(executable);
  for (unsigned n = 0; n < 200; ++n) { // more sizes than layouts are kept
    const OwnedBatch batch = someBatch(n);
    const auto done = session.run(batch);
    REQUIRE_MESSAGE(done.has_value(), done.error().render());
    checkRun(session, batch);
  }
  CHECK(session.outputs().size() == 2);
  CHECK(session.outputs()[0].name == "hidden");
  CHECK(session.bytes() > 0);
  CHECK(session.output("logits").error().kind == ErrorKind::NotFound);
  Session moved = std::move(session);
  CHECK(outputOf(moved, "hidden").size() > 0);
}

TEST_CASE("memory stays when batches repeat") {
  Session session = makeSession(makeExecutable());
  REQUIRE(session.run(someBatch(7)).has_value());
  const int64_t bytes = session.bytes();
  const auto first = outputOf(session, "hidden");
  for (int i = 0; i < 3; ++i) {
    REQUIRE(session.run(someBatch(1)).has_value());
    REQUIRE(session.run(someBatch(7)).has_value());
    CHECK(session.bytes() == bytes);
    CHECK(outputOf(session, "hidden") == first);
  }
}

TEST_CASE("a row has the same bits alone and in a batch") {
  const auto executable = makeExecutable();
  Session session = makeSession(executable);
  const OwnedBatch batch{{1, 2, 3, 4, 5, 6}, {0, 1, 0, 1, 0, 1}, {0, 2, 3, 6}};
  REQUIRE(session.run(batch).has_value());
  const auto together = outputOf(session, "hidden");
  for (size_t row = 0; row < 3; ++row) {
    const auto begin = batch.offsets[row], end = batch.offsets[row + 1];
    const OwnedBatch alone{{batch.ids.begin() + begin, batch.ids.begin() + end},
                           {batch.segments.begin() + begin, batch.segments.begin() + end},
                           {0, end - begin}};
    REQUIRE(session.run(alone).has_value());
    CHECK(outputOf(session, "hidden") ==
          std::vector<float>(together.begin() + begin * kWidth, together.begin() + end * kWidth));
  }
}

TEST_CASE("batches that are not what the model takes are refused by row and token") {
  Session session = makeSession(makeExecutable());
  const std::pair<const char *, OwnedBatch> bad[] = {
      {"at least one row", {{}, {}, {}}},
      {"at least one row", {{}, {}, {0}}},
      {"begin with 0", {{1, 2}, {}, {1, 2}}},
      {"2 ids for 1 tokens", {{1, 2}, {}, {0, 1}}},
      {"2 ids for 3 tokens", {{1, 2}, {}, {0, 3}}},
      {"row 1 is empty", {{1, 2}, {}, {0, 1, 1, 2}}},
      {"row 1: offsets fall from 2 to 1", {{1, 2}, {}, {0, 2, 1}}},
      {"row 1: offsets fall", {{1, 2}, {}, {0, 1, INT32_MIN, 2}}},
      {"row 1, token 1: id 10 is not in 0..9", {{1, 2, 10}, {}, {0, 1, 3}}},
      {"row 0, token 0: id -1", {{-1, 2, 10}, {}, {0, 1, 3}}},
      {"row 1, token 0: segment 2 is not in 0..1", {{1, 2, 3}, {0, 2, 0}, {0, 1, 3}}},
      {"segment -1", {{1, 2, 3}, {0, -1, 0}, {0, 1, 3}}},
      {"2 segments for 3 tokens", {{1, 2, 3}, {0, 1}, {0, 1, 3}}},
      {"row 0 has 9 tokens, the model takes at most 8", {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {}, {0, 9}}},
  };
  REQUIRE(session.run(someBatch(1)).has_value());
  for (const auto &[part, batch] : bad) {
    CAPTURE(part);
    const auto done = session.run(batch);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().kind == ErrorKind::BadInput);
    CHECK_MESSAGE(done.error().message.find(part) != std::string::npos, done.error().message);
    CHECK(session.outputs().empty());
    CHECK_FALSE(session.output("hidden").has_value());
  }
  const OwnedBatch good = someBatch(2);
  REQUIRE(session.run(good).has_value());
  checkRun(session, good);
}

TEST_CASE("derived inputs") {
  Program program = smallProgram();
  program.inputs.push_back({"tokens.positions", InputKind::Positions, kTokenLevel});
  program.inputs.push_back({"tokens.order", InputKind::Order, kTokenLevel});
  program.inputs.push_back({"tokens.counts", InputKind::Counts, kTokenLevel});
  const OwnedBatch batch{{1, 2, 3, 4, 5, 6, 7}, {}, {0, 1, 3, 6, 7}};
  const auto size = checkBatch(program, batch);
  REQUIRE(size.has_value());
  CHECK(*size == sizeOf(7, 4, 3));
  DerivedInputs derived;
  derive(program, batch, *size, derived);
  const auto made = [&](std::string_view name, size_t count) {
    const auto *values = static_cast<const int32_t *>(
        derived.pointers[static_cast<size_t>(findInput(program, name) - program.inputs.data())]);
    return std::vector<int32_t>(values, values + count);
  };
  CHECK(made("ids", 7) == batch.ids);
  CHECK(made("segments", 7) == std::vector<int32_t>(7, 0));
  CHECK(made("offsets", 5) == batch.offsets);
  CHECK(made("tokens.positions", 7) == std::vector<int32_t>{0, 0, 1, 0, 1, 2, 0});
  CHECK(made("tokens.order", 4) == std::vector<int32_t>{2, 1, 0, 3});
  CHECK(made("tokens.counts", 3) == std::vector<int32_t>{7, 4, 3});
}

TEST_CASE("levels below the tokens have offsets, sizes and derived inputs of their own") {
  Program program = smallProgram();
  program.levels.push_back({"characters", kTokenLevel, 3});
  program.inputs.push_back({"characters", InputKind::Values, 2, 20});
  program.inputs.push_back({"character_offsets", InputKind::Offsets, 2});
  program.inputs.push_back({"characters.positions", InputKind::Positions, 2});
  program.inputs.push_back({"characters.counts", InputKind::Counts, 2});
  REQUIRE(validate(program).has_value());
  const OwnedBatch words{{1, 2, 3}, {}, {0, 1, 3}};
  using Ints = std::vector<int32_t>;
  const auto check = [&](const Ints &characters, const Ints &offsets) {
    const BatchInput others[] = {{"characters", characters}, {"character_offsets", offsets}};
    Batch batch = words;
    batch.others = others;
    const auto size = checkBatch(program, batch);
    if (!size) {
      return size.error().message;
    }
    CHECK(*size == BatchSize{LevelSize{2, 2}, LevelSize{3, 2}, LevelSize{5, 3}});
    DerivedInputs derived;
    derive(program, batch, *size, derived);
    CHECK(intsOf(derived, 5, 5) == Ints{0, 1, 2, 0, 0});
    CHECK(intsOf(derived, 6, 3) == Ints{5, 3, 3});
    return std::string();
  };
  CHECK(check({7, 8, 9, 10, 11}, {0, 3, 4, 5}) == "");
  CHECK(check({7, 8, 9, 10, 20}, {0, 3, 4, 5}) == "token 2, character 0: character 20 is not in 0..19");
  CHECK(check({7, 8, 9, 10}, {0, 3, 4, 5}) == "4 characters for 5 characters");
  CHECK(check({7, 8, 9, 10, 11}, {0, 3, 5}) ==
        "'character_offsets' must have 4 numbers, one more than there are tokens, found 3");
  CHECK(check({7, 8, 9, 10, 11}, {0, 1, 1, 5}) == "token 1 is empty");
  CHECK(check({7, 8, 9, 10, 11}, {0, 4, 4, 5}) == "token 0 has 4 characters, the model takes at most 3");
  Batch missing = words;
  CHECK(checkBatch(program, missing).error().message.find("'character_offsets' of at least one token") !=
        std::string::npos);
  const Ints values = {1, 2, 3};
  const BatchInput unknown[] = {{"tokens.counts", values}};
  missing.others = unknown;
  CHECK(checkBatch(program, missing).error().message == "the model reads no 'tokens.counts'");
  const BatchInput twice[] = {{"ids", values}};
  missing.others = twice;
  CHECK(checkBatch(program, missing).error().message == "the batch has two 'ids'");
}

TEST_CASE("values may be places of another level, which a batch counts in what holds both") {
  Program program = smallProgram();
  program.levels.push_back({"masks", 0, 0});
  program.inputs.push_back({"masks", InputKind::Values, 2, 0, false, kTokenLevel});
  program.inputs.push_back({"mask_offsets", InputKind::Offsets, 2});
  REQUIRE(validate(program).has_value());
  const OwnedBatch words{{1, 2, 3, 4, 5}, {}, {0, 2, 5}};
  using Ints = std::vector<int32_t>;
  const auto placesOf = [&](const Ints &masks, const Ints &offsets) {
    const BatchInput others[] = {{"masks", masks}, {"mask_offsets", offsets}};
    Batch batch = words;
    batch.others = others;
    const auto size = checkBatch(program, batch);
    if (!size) {
      return std::pair(Ints(), size.error().message);
    }
    DerivedInputs derived;
    derive(program, batch, *size, derived);
    return std::pair(intsOf(derived, 3, masks.size()), std::string());
  };
  CHECK(placesOf({1, 0, 2, 2}, {0, 1, 4}).first == Ints{1, 2, 4, 4});
  CHECK(placesOf({2, 0, 2}, {0, 1, 3}).second == "row 0, mask 0: 2 is not in 0..1, the tokens there");
  CHECK(placesOf({1, 0, 3}, {0, 1, 3}).second == "row 1, mask 1: 3 is not in 0..2, the tokens there");
  CHECK(placesOf({1, -1, 0}, {0, 1, 3}).second == "row 1, mask 0: -1 is not in 0..2, the tokens there");
  for (const int32_t at : {0, 2, 3, -2}) { // the root, its own level, no levels
    Program wrong = program;
    wrong.inputs[3].at = at;
    CHECK(validate(wrong).has_value() == (at == 2));
  }
}

TEST_CASE("many sessions of one executable run at once") {
  const auto executable = makeExecutable({.threads = 2});
  std::vector<std::vector<float>> expected;
  Session reference = makeSession(executable);
  for (unsigned n = 0; n < 20; ++n) {
    REQUIRE(reference.run(someBatch(n)).has_value());
    expected.push_back(outputOf(reference, "hidden"));
  }
  std::array<int, 4> wrong{};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      auto session = Session::create(executable);
      for (unsigned round = 0; round < 40; ++round) {
        const unsigned n = (round * 3 + t) % 20;
        const bool good = session->run(someBatch(n)).has_value();
        const auto view = session->output("hidden");
        wrong[t] += !good || !view || !std::ranges::equal(view->values(), expected[n]);
      }
    });
  }
  for (std::thread &thread : threads) {
    thread.join();
  }
  for (int count : wrong) {
    CHECK(count == 0);
  }
}

TEST_CASE("executables refuse what they cannot run") {
  const auto kindOf = [](Program program, ExecutableOptions options = {}) {
    Weights weights = randomWeights(program, 1, 1);
    const auto executable = Executable::create(std::move(program), std::move(weights), options);
    REQUIRE_FALSE(executable.has_value());
    return executable.error().kind;
  };
  CHECK(kindOf(smallProgram(), {.threads = 0}) == ErrorKind::BadInput);
  Program broken = smallProgram();
  broken.outputs[0].buffer = 99;
  CHECK(kindOf(broken) == ErrorKind::BadInput);
  Program unknown = smallProgram();
  std::get<RefOp>(unknown.steps[0].stages[0]).op = "convolution";
  CHECK(kindOf(unknown) == ErrorKind::Unsupported);
  const ErrorKind cuda =
      kindOf(cudaProgram()); // where there is a GPU, it is the text that stands for PTX that is refused
  CHECK((cuda == ErrorKind::Unavailable || cuda == ErrorKind::Unsupported));
  kindOf(cpuProgram()); // bytes that are no object code: refused by a build with the cpu backend as by one without
  Program packed = cpuProgram();
  packed.target = Target::Ref;
  packed.code = {};
  CHECK(kindOf(packed) == ErrorKind::Unsupported);
  CHECK(Session::create(nullptr).error().kind == ErrorKind::BadInput);
}

TEST_CASE("an op that does not fit its buffers is an error with the step's place") {
  Program program = smallProgram();
  std::get<RefOp>(program.steps[3].stages[0]).operands[1].index = 4; // down.weight instead of up.weight
  Weights weights = randomWeights(program, 1, 1);
  auto executable = Executable::create(std::move(program), std::move(weights));
  REQUIRE(executable.has_value());
  Session session = makeSession(*executable);
  const auto done = session.run(someBatch(1));
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().where == "small.yaml:4:1");
  CHECK(done.error().message.find("linear: ") == 0);
}
