// Tables for people: columns as wide as their widest cell, numbers to the right. Where a command prints a Table it also
// prints JSON on --json; the two are made from the same rows by the command.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace clew {

enum class Align { Left, Right };

class Table {
public:
  struct Column {
    std::string title;
    Align align = Align::Left;
  };

  explicit Table(std::vector<Column> columns) : columns(std::move(columns)) {}

  /// One row; must have as many cells as there are columns. Cells are UTF-8; a wide (CJK) character counts two.
  void add(std::vector<std::string> cells);
  /// Title line, rows, each ending in a newline and none in a space. Where all columns side by side are wider than `width` (0: no limit),
  /// those that do not fit follow below, indented: no line is wider, unless one cell is.
  std::string render(size_t width = 0) const;

private:
  std::vector<std::vector<size_t>> linesOf(const std::vector<size_t> &widths, size_t width) const;

  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

/// The text with its lines broken between words where they would be wider than `width` (0: no limit).
std::string wrapped(const std::string &text, size_t width);

/// 102267648 -> "102,267,648".
std::string grouped(int64_t number);
/// 22354000000 -> "22.35 G"; three significant digits or more, 1000-based.
std::string scaled(double number);

} // namespace clew
