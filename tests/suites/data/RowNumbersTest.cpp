// Rows are numbered as the official file has them, whatever is skipped; empty lines stand at the end or are told.
#include "tests/suites/data/DataCases.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace clew;

namespace {

/// A layout, and how it writes the rows of two texts and a label. Empty ids are left out.
struct Writer {
  const char *name;
  const char *layout;
  const char *head;
  const char *row; ///< {} stands for the label
  const char *between;
  const char *tail;
};

constexpr Writer kWriters[] = {
    {"json lines", "{reader: json, id: id, first: a, second: b, label: l}", "", R"({{"a": "x", "b": "y", "l": "{}"}})",
     "\n", "\n"},
    {"json array", "{reader: json, id: id, first: a, second: b, label: l}", "[\n",
     R"({{"a": "x", "b": "y", "l": "{}"}})", ",\n", "\n]\n"},
    {"tsv", "{reader: tsv, first: a, second: b, label: l}", "a\tb\tl\n", "x\ty\t{}", "\n", "\n"},
    {"tsv without a header", "{reader: tsv, columns: [a, b, l], first: a, second: b, label: l}", "", "x\ty\t{}", "\n",
     "\n"},
    {"csv", "{reader: csv, first: a, second: b, label: l}", "l,a,b\n", "{},x,\"y\n\"", "\n", "\n"},
    {"csv without a header", "{reader: csv, columns: [a, b, l], first: a, second: b, label: l}", "", "x,y,{}", "\r\n",
     "\r\n"},
};

std::string fileOf(const Writer &writer, const std::vector<std::string> &labels) {
  std::string text = writer.head;
  for (size_t i = 0; i < labels.size(); ++i) {
    text += (i > 0 ? writer.between : "") + fmt::format(fmt::runtime(writer.row), labels[i]);
  }
  return text + writer.tail;
}

} // namespace

TEST_CASE("a skipped row keeps its number: at the start, inside, at the end, several") {
  for (const Writer &writer : kWriters) {
    CAPTURE(writer.name);
    const DataCase data("pair", writer.layout);
    for (const std::vector<std::string> &labels : std::vector<std::vector<std::string>>{
             {"-", "1", "0"}, {"1", "-", "0"}, {"1", "0", "-"}, {"-", "-", "1", "-", "0", "-"}, {"1", "0"}}) {
      const Result<Dataset> read = data.dev(fileOf(writer, labels));
      REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
      std::vector<RowId> kept;
      std::vector<RowId> skipped;
      for (size_t i = 0; i < labels.size(); ++i) {
        (labels[i] == "-" ? skipped : kept).emplace_back(static_cast<int64_t>(i));
      }
      REQUIRE(read->rows.size() == kept.size());
      for (size_t i = 0; i < kept.size(); ++i) {
        CHECK(read->rows[i].id == kept[i]);
        CHECK(read->rows[i].gold == Gold(labels[static_cast<size_t>(std::get<int64_t>(kept[i]))] == "1" ? 1 : 0));
      }
      CHECK(read->skipped == skipped);
      CHECK(read->notes.size() == (skipped.empty() ? 0 : 1));
      if (!skipped.empty()) {
        CHECK(read->notes[0].find("skipped for the label ('-')") != std::string::npos);
      }
    }
    CHECK(data.wrong(fileOf(writer, {"-", "-"})) == ": holds no rows");
  }
}

TEST_CASE("a skipped row with an id keeps it, and may share it with no other") {
  const DataCase lines("classify", "{reader: json, id: id, first: a, label: l}");
  const auto row = [](int id, const char *label) {
    return fmt::format("{{\"id\": {}, \"a\": \"x\", \"l\": \"{}\"}}\n", id, label);
  };
  const Result<Dataset> read = lines.dev(row(7, "-") + row(9, "1"));
  REQUIRE(read);
  CHECK(read->skipped == std::vector<RowId>{int64_t{7}});
  CHECK(read->rows[0].id == RowId(int64_t{9}));
  CHECK(lines.wrong(row(7, "-") + row(7, "1")) == "2: the id 7 stands there twice");
  CHECK(!lines.wrong(row(7, "1") + row(7, "-")).empty());
  CHECK(!lines.wrong(row(7, "-") + row(7, "-") + row(8, "1")).empty());
  const DataCase table("classify", "{reader: tsv, id: id, first: a, label: l}");
  const Result<Dataset> cells = table.dev("id\ta\tl\nq\tx\t-\n9\tx\t1\n");
  REQUIRE(cells);
  CHECK(cells->skipped == std::vector<RowId>{std::string("q")});
}

TEST_CASE("types that a tagging task skips leave the rows and their numbers") {
  for (const auto &[layout, text] : std::vector<std::pair<std::string, std::string>>{
           {"{reader: bio}", "江 B-other\n州 I-other\n\n江 I-name\n州 O\n"},
           {"{reader: entities}", "{\"text\": \"江州\", \"label\": {\"other\": {\"江州\": [[0, 1]]}}}\n"
                                  "{\"text\": \"江州\", \"label\": {\"name\": {\"江\": [[0, 0]]}}}\n"}}) {
    const DataCase data(taskText("tag", layout) + "skip: [other]\n");
    const Result<Dataset> read = data.dev(text);
    REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
    REQUIRE(read->rows.size() == 2);
    CHECK(read->skipped.empty());
    CHECK(read->rows[0].gold == Gold(std::vector<Entity>()));
    CHECK(read->rows[1].gold == Gold(std::vector<Entity>{{"name", 0, 1}}));
    CHECK(read->rows[1].id == RowId(int64_t{1}));
  }
}

TEST_CASE("empty lines may end a file of any layout") {
  for (const Writer &writer : kWriters) {
    CAPTURE(writer.name);
    const DataCase data("pair", writer.layout);
    const std::string text = fileOf(writer, {"1", "0"});
    for (const char *end : {"\n", "\n\n\n", "\r\n", " \n", "\t\n", "\n \t", "   "}) {
      const Result<Dataset> read = data.dev(text + end);
      REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
      CHECK(read->rows.size() == 2);
    }
  }
  const DataCase bio("tag", "{reader: bio}");
  CHECK(bio.dev("江 O\n\n\n\n")->rows.size() == 1);
  const DataCase squad("span", "{reader: squad}");
  CHECK(squad.dev(R"([{"context": "c", "qas": [{"question": "q", "id": "i", "answers": ["c"]}]}])"
                  "\n\n \n"));
}

TEST_CASE("an empty line between rows is told by its line, and nothing is dropped") {
  for (const Writer &writer : kWriters) {
    if (std::string_view(writer.name) == "json array") {
      continue; // white space between the items of one document
    }
    CAPTURE(writer.name);
    const DataCase data("pair", writer.layout);
    const std::string first = fileOf(writer, {"1"});
    const std::string rest = fileOf(writer, {"0"}).substr(std::string_view(writer.head).size());
    const auto line = std::ranges::count(first, '\n') + 1;
    for (const char *gap : {"\n", "\n\n", "\r\n"}) {
      const std::string wrong = data.wrong(first + gap + rest);
      CHECK_MESSAGE(wrong.starts_with(fmt::format("{}: expected a", line)), wrong);
      CHECK(wrong.ends_with("found an empty line"));
    }
  }
}
