// Names of the Program's enumerations, as files and messages spell them.
#include "runtime/program/Program.h"

namespace clew {

std::string_view nameOf(ConstantKind kind) {
  switch (kind) {
  case ConstantKind::Plain:
    return "plain";
  case ConstantKind::Matmul:
    return "matmul";
  case ConstantKind::Scales:
    return "scales";
  case ConstantKind::ColumnSums:
    return "column_sums";
  case ConstantKind::Recurrent:
    return "recurrent";
  }
  return "?";
}

std::string_view nameOf(InputKind kind) {
  switch (kind) {
  case InputKind::Ids:
    return "ids";
  case InputKind::Segments:
    return "segments";
  case InputKind::Offsets:
    return "offsets";
  case InputKind::Positions:
    return "positions";
  case InputKind::Order:
    return "order";
  case InputKind::Counts:
    return "counts";
  }
  return "?";
}

std::string_view nameOf(Grid grid) {
  switch (grid) {
  case Grid::Rows:
    return "rows";
  case Grid::Jobs:
    return "jobs";
  case Grid::Whole:
    return "whole";
  }
  return "?";
}

} // namespace clew
