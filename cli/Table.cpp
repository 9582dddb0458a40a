// Lays out tables in monospaced text.
#include "cli/Table.h"

#include "runtime/base/VisibleText.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <string_view>

namespace clew {

/// Columns on a terminal: continuation bytes count nothing, characters of three bytes from U+2E80 on (CJK) two.
static size_t widthOf(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) != 0x80) {
      const bool wide = byte >= 0xf0 || (byte >= 0xe3 && byte <= 0xef) ||
                        (byte == 0xe2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) >= 0xba);
      width += wide ? 2 : 1;
    }
  }
  return width;
}

void Table::add(std::vector<std::string> cells) {
  assert(cells.size() == columns.size());
  for (std::string &cell : cells) {
    cell = visibleText(cell);
  }
  rows.push_back(std::move(cells));
}

std::string Table::render() const {
  std::vector<std::string> titles;
  std::vector<size_t> widths;
  for (const Column &column : columns) {
    titles.push_back(column.title);
    widths.push_back(widthOf(column.title));
  }
  for (const std::vector<std::string> &row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], widthOf(row[i]));
    }
  }
  std::string text;
  auto line = [&](const std::vector<std::string> &cells) {
    std::string out;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string pad(widths[i] - widthOf(cells[i]), ' ');
      out += i == 0 ? "" : "  ";
      out += columns[i].align == Align::Right ? pad + cells[i] : cells[i] + pad;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    text += out + '\n';
  };
  line(titles);
  for (const std::vector<std::string> &row : rows) {
    line(row);
  }
  return text;
}

std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  const size_t first = number < 0 ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string scaled(double number) {
  static constexpr std::array units = {"", " k", " M", " G", " T", " P"};
  size_t unit = 0;
  while (std::abs(number) >= 1000 && unit + 1 < units.size()) {
    number /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:g}", number) : fmt::format("{:.2f}{}", number, units[unit]);
}

} // namespace clew
