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
