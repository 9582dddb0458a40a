// Edit distance over short names: insert, delete, replace, or swap two neighbours (optimal string alignment).
#include "yaml/Suggest.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

namespace clew {
namespace {

constexpr size_t longest = 64; // names are short; longer ones are not worth the product of lengths

bool same(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1); // row i - 2
  std::vector<size_t> above(b.size() + 1);  // row i - 1
  std::vector<size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = above[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

} // namespace

std::string didYouMean(std::string_view wrong, const std::vector<std::string> &candidates) {
  if (wrong.empty() || wrong.size() > longest) {
    return {};
  }
  const std::string *best = nullptr;
  size_t least = std::max<size_t>(1, wrong.size() / 3) + 1;
  for (const std::string &candidate : candidates) {
    if (candidate.size() > longest) {
      continue;
    }
    const size_t edits = distance(wrong, candidate);
    if (edits < least && edits < candidate.size()) {
      least = edits;
      best = &candidate;
    }
  }
  return best ? ", did you mean '" + *best + "'?" : "";
}

std::string quotedList(const std::vector<std::string> &names) {
  std::string text = names.empty() ? "none" : "";
  for (size_t i = 0; i < names.size(); ++i) {
    text += i == 0 ? "" : i + 1 == names.size() ? " and " : ", ";
    text += "'" + names[i] + "'";
  }
  return text;
}

} // namespace clew
