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

static constexpr size_t kGap = 2; ///< between columns

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

/// Which columns stand on a row's first line, and on each that follows.
std::vector<std::vector<size_t>> Table::linesOf(const std::vector<size_t> &widths, size_t width) const {
  std::vector<std::vector<size_t>> lines(1);
  size_t used = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    const size_t gap = used == 0 ? 0 : kGap;
    if (width > 0 && used > 0 && used + gap + widths[i] > width) {
      lines.emplace_back();
      used = kGap; // the indentation
    } else {
      used += gap;
    }
    lines.back().push_back(i);
    used += widths[i];
  }
  return lines;
}

std::string Table::render(size_t width) const {
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
  const std::vector<std::vector<size_t>> lines = linesOf(widths, width);
  std::string text;
  const auto print = [&](const std::vector<std::string> &cells) {
    for (const std::vector<size_t> &line : lines) {
      std::string out;
      for (const size_t i : line) {
        const std::string pad(widths[i] - widthOf(cells[i]), ' ');
        out += i == 0 ? "" : std::string(kGap, ' ');
        out += columns[i].align == Align::Right ? pad + cells[i] : cells[i] + pad;
      }
      out.erase(out.find_last_not_of(' ') + 1);
      if (&line == lines.data() || !out.empty()) { // a line without cells says nothing
        text += out + '\n';
      }
    }
  };
  print(titles);
  std::ranges::for_each(rows, print);
  return text;
}

std::string wrapped(const std::string &text, size_t width) {
  std::string out;
  size_t used = 0; // of the line
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of(" \n", at), text.size());
    const std::string_view word = std::string_view(text).substr(at, end - at);
    if (width > 0 && used > 0 && used + widthOf(word) > width) {
      out.back() = '\n'; // the space before the word
      used = 0;
    }
    out += word;
    used += widthOf(word);
    if (end < text.size()) {
      out += text[end];
      used = text[end] == '\n' ? 0 : used + 1;
    }
    at = end + 1;
  }
  return out;
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
