// States that are carried from batch to batch: a sequence in pieces, a piece a batch, gives what it gives in one piece. Backwards the pieces
// stand the other way round, because a cell that reads from the end meets the last batch's tokens last.
#include "tests/conformance/Graphs.h"

#include "runtime/base/Target.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

namespace clew {
namespace {

using namespace conformance;

struct Cell {
  std::string name; ///< "lstm", "gru"
  int64_t hidden;
  int64_t projection; ///< 0: none
  bool reverse;

  int64_t outputs() const { return projection > 0 ? projection : hidden; }
};

constexpr int64_t kVocabulary = 13;

/// The cell over an embedding; it begins with zeros, or where the batch before ended.
std::string graphOf(const Cell &cell, bool carry) {
  const bool lstm = cell.name == "lstm";
  const int64_t gates = (lstm ? 4 : 3) * cell.hidden;
  const auto matrix = [](int64_t rows, int64_t columns) { return fmt::format("tensor<{}x{}xf32>", rows, columns); };
  const auto vector = [](int64_t width) { return fmt::format("tensor<{}xf32>", width); };
  const auto rows = [](int64_t width, const char *level) {
    return fmt::format("tensor<?x{}xf32, #nn.of<\"{}\">>", width, level);
  };
  std::vector<std::pair<std::string, std::string>> parameters = {
      {"ih", matrix(gates, 8)}, {"hh", matrix(gates, cell.outputs())}, {"bias", vector(gates)}};
  if (!lstm) {
    parameters.emplace_back("bias_hh", vector(gates));
  }
  if (cell.projection > 0) {
    parameters.emplace_back("hr", matrix(cell.projection, cell.hidden));
  }
  const std::string h = rows(cell.outputs(), "batch");
  const std::string c = rows(cell.hidden, "batch");
  std::string declared = fmt::format("nn.parameter @table gain : {}\n", matrix(kVocabulary, 8));
  std::string read;
  std::string types = rows(8, "tokens") + ", " + kOffsets;
  for (const auto &[name, type] : parameters) {
    // So that no gate is shut and no bound is met, and what is carried shows.
    declared += fmt::format("nn.parameter @{} {} : {}\n", name, name == "hr" ? "gain" : "normal", type);
    read += fmt::format("  %{0} = nn.get @{0} : {1}\n", name, type);
    types += ", " + type;
  }
  std::string arguments =
      fmt::format("%ids: {} {{nn.input = \"ids\", nn.limit = {} : i64}}, %offsets: {} {{nn.input = \"offsets\"}}", kIds,
                  kVocabulary, kOffsets);
  std::string results = rows(cell.outputs(), "tokens") + " {nn.output = \"y\"}";
  std::string given = "%y", from, ends;
  if (carry) {
    arguments += fmt::format(", %h0: {} {{nn.carried = \"cell.h_0\"}}", h);
    results += fmt::format(", {} {{nn.carried = \"cell.h_0\"}}", h);
    given += ", %h";
    from = " from %h0";
    ends = ", " + h;
    types += ", " + h;
    if (lstm) {
      arguments += fmt::format(", %c0: {} {{nn.carried = \"cell.c_0\"}}", c);
      results += fmt::format(", {} {{nn.carried = \"cell.c_0\"}}", c);
      given += ", %c";
      from += " and %c0";
      ends += ", " + c;
      types += ", " + c;
    }
  }
  const std::string all = rows(cell.outputs(), "tokens") + ", " + h + (lstm ? ", " + c : "");
  return fmt::format(
      "module attributes {{nn.model = \"test/graph\"}} {{\n{}func.func @main({}) -> ({}) {{\n"
      "  %table = nn.get @table : {}\n  %x = nn.embedding %ids, %table : {}, {}\n{}"
      "  %y, %h{} = nn.{} %x, %offsets, %ih, %hh, %bias{}{}{}{}{} : ({}) -> ({})\n  return {} : {}{}\n}}\n}}\n",
      declared, arguments, results, matrix(kVocabulary, 8), kIds, matrix(kVocabulary, 8), read, lstm ? ", %c" : "",
      cell.name, lstm ? "" : ", %bias_hh", cell.projection > 0 ? " projection %hr" : "", from,
      cell.reverse ? " reverse" : "", cell.projection > 0 ? " cell_clip 3.0 projection_clip 5.0" : "", types, all,
      given, rows(cell.outputs(), "tokens"), ends);
}

TestBatch packed(const std::vector<std::vector<int32_t>> &sequences) {
  TestBatch batch;
  batch.offsets = {0};
  for (const auto &sequence : sequences) {
    batch.ids.insert(batch.ids.end(), sequence.begin(), sequence.end());
    batch.offsets.push_back(static_cast<int32_t>(batch.ids.size()));
  }
  return batch;
}

std::vector<int32_t> idsOf(const TestBatch &batch, size_t row) {
  return {batch.ids.begin() + batch.offsets[row], batch.ids.begin() + batch.offsets[row + 1]};
}

/// Rows of the second batch that the third lacks go on from where they were; a row that no batch had begins with zeros.
const std::vector<std::vector<int>> kLengths = {{3, 5, 2}, {4, 1}, {2, 3, 6, 1}, {7}};

void checkCarried(const Cell &cell, const RunOptions &options) {
  std::vector<TestBatch> pieces;
  size_t rows = 0;
  for (size_t i = 0; i < kLengths.size(); ++i) {
    pieces.push_back(makeBatch(kLengths[i], kVocabulary, static_cast<uint32_t>(31 + i)));
    rows = std::max(rows, kLengths[i].size());
  }
  std::vector<std::vector<int32_t>> whole(rows);
  for (const TestBatch &piece : pieces) {
    for (size_t row = 0; row + 1 < piece.offsets.size(); ++row) {
      const std::vector<int32_t> ids = idsOf(piece, row);
      whole[row].insert(cell.reverse ? whole[row].begin() : whole[row].end(), ids.begin(), ids.end());
    }
  }
  const auto found = runGraph(graphOf(cell, true), options, pieces);
  REQUIRE_MESSAGE(found.has_value(), found.error().render());
  const auto expected = runGraph(graphOf(cell, false), options, {packed(whole)});
  REQUIRE_MESSAGE(expected.has_value(), expected.error().render());

  const Matrix &all = expected->front().at("y");
  const TestBatch joined = packed(whole);
  std::vector<int64_t> done(rows, 0); // tokens of each row that batches have had
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Matrix &part = (*found)[i].at("y");
    for (size_t row = 0; row + 1 < pieces[i].offsets.size(); ++row) {
      const int64_t count = pieces[i].offsets[row + 1] - pieces[i].offsets[row];
      const int64_t at = cell.reverse ? joined.offsets[row + 1] - done[row] - count : joined.offsets[row] + done[row];
      const auto valuesOf = [&](const Matrix &matrix, int64_t first) {
        const auto begin = matrix.values.begin() + first * matrix.columns;
        return Matrix{count, matrix.columns, {begin, begin + count * matrix.columns}};
      };
      CAPTURE(i);
      CAPTURE(row);
      CHECK(distance(valuesOf(part, pieces[i].offsets[row]), valuesOf(all, at)) < 1e-6);
      done[row] += count;
    }
  }
  // What is found is no accident of states that do not matter: without them the second batch says something else.
  const auto fresh = runGraph(graphOf(cell, true), options, {pieces[1]});
  REQUIRE(fresh.has_value());
  CHECK(distance((*found)[1].at("y"), fresh->front().at("y")) > 1e-4);
  const auto again = runGraph(graphOf(cell, true), options, {pieces[0], TestBatch(), pieces[1]});
  REQUIRE(again.has_value());
  CHECK((*again)[1].at("y").values == fresh->front().at("y").values);
}

} // namespace

TEST_CASE("cells go on where the batch before ended, row by row") {
  for (const Cell &cell : {Cell{"lstm", 12, 0, false}, Cell{"lstm", 12, 0, true}, Cell{"lstm", 40, 8, false},
                           Cell{"lstm", 40, 8, true}, Cell{"gru", 20, 0, false}, Cell{"gru", 20, 0, true}}) {
    CAPTURE(cell.name);
    CAPTURE(cell.projection);
    CAPTURE(cell.reverse);
    checkCarried(cell, {.target = Target::Ref});
    for (const Precision precision : {Precision::F32, Precision::BF16, Precision::Int8}) {
      for (const int threads : {1, 2}) {
        CAPTURE(nameOf(precision));
        checkCarried(cell, {.target = Target::Cpu, .precision = precision, .threads = threads});
      }
    }
  }
}

TEST_CASE("on a GPU states are not carried, which is said") {
  const auto refused =
      runGraph(graphOf({"gru", 4, 0, false}, true), {.target = Target::Cuda}, {makeBatch({2}, kVocabulary, 1)});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message == "on cuda every batch begins anew: 'state: carry' needs cpu or ref");
}

} // namespace clew
