// Tables keep their columns under wide characters, and numbers are grouped and scaled at their borders.
#include "cli/Table.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

using namespace clew;

TEST_CASE("columns are as wide as their widest cell, and no line ends in a space") {
  Table table({{"model"}, {"parameters", Align::Right}, {"source"}});
  table.add({"bert/base", "102,267,648", "arXiv:1810.04805"});
  table.add({"x", "7", ""});
  CHECK(table.render() == "model       parameters  source\n"
                          "bert/base  102,267,648  arXiv:1810.04805\n"
                          "x                    7\n");
}

TEST_CASE("a CJK character takes two columns, an accented one takes one") {
  Table table({{"label"}, {"n", Align::Right}});
  table.add({"财经", "1"});
  table.add({"café", "22"});
  CHECK(table.render() == "label   n\n财经    1\ncafé   22\n");
}

TEST_CASE("columns that a terminal has no room for follow below, and only those that say something") {
  Table table({{"model"}, {"parameters", Align::Right}, {"paper"}, {"names"}});
  table.add({"bert/base", "102,267,648", "arXiv:1810.04805", "huggingface"});
  table.add({"x", "7", "", ""});
  const std::string wide = table.render();
  CHECK(table.render(200) == wide);
  CHECK(table.render(53) == wide);
  CHECK(table.render(52) == "model       parameters  paper\n"
                            "  names\n"
                            "bert/base  102,267,648  arXiv:1810.04805\n"
                            "  huggingface\n"
                            "x                    7\n");
  CHECK(table.render(22) == "model       parameters\n"
                            "  paper\n"
                            "  names\n"
                            "bert/base  102,267,648\n"
                            "  arXiv:1810.04805\n"
                            "  huggingface\n"
                            "x                    7\n");
  CHECK(table.render(1).starts_with("model\n   parameters\n  paper\n"));
}

TEST_CASE("text is broken between words") {
  CHECK(wrapped("a bb ccc\nd\n", 0) == "a bb ccc\nd\n");
  CHECK(wrapped("a bb ccc\nd\n", 4) == "a bb\nccc\nd\n");
  CHECK(wrapped("unbroken word", 3) == "unbroken\nword");
}

TEST_CASE("an empty table is its title") { CHECK(Table({{"a"}, {"b"}}).render() == "a  b\n"); }

TEST_CASE("digits are grouped by three") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(102267648) == "102,267,648");
  CHECK(grouped(-100) == "-100");
  CHECK(grouped(-1000) == "-1,000");
  CHECK(grouped(std::numeric_limits<int64_t>::min()) == "-9,223,372,036,854,775,808");
}

TEST_CASE("large numbers get a prefix") {
  CHECK(scaled(0) == "0");
  CHECK(scaled(999) == "999");
  CHECK(scaled(1000) == "1.00 k");
  CHECK(scaled(22.354e9) == "22.35 G");
}
