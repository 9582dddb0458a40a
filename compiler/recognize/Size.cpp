// See Size.h.
#include "compiler/recognize/Size.h"

namespace clew::compiler {

/// More powers than any shape has: a file may multiply without end.
static constexpr int mostPower = 8;

void Size::add(Powers powers, int64_t factor) {
  int64_t &known = terms[powers];
  exact = exact && !__builtin_add_overflow(known, factor, &known) && powers.first <= mostPower &&
          powers.second <= mostPower;
  if (known == 0) {
    terms.erase(powers);
  }
}

Size Size::operator+(const Size &other) const {
  Size sum = *this;
  sum.exact = exact && other.exact;
  for (const auto &[powers, factor] : other.terms) {
    sum.add(powers, factor);
  }
  return sum;
}

Size Size::operator*(const Size &other) const {
  Size all;
  all.exact = exact && other.exact;
  for (const auto &[mine, factor] : terms) {
    for (const auto &[theirs, by] : other.terms) {
      int64_t product = 0;
      all.exact = all.exact && !__builtin_mul_overflow(factor, by, &product);
      all.add({mine.first + theirs.first, mine.second + theirs.second}, product);
    }
  }
  return all;
}

std::optional<int64_t> Size::number() const {
  if (!exact || terms.size() > 1 || (terms.size() == 1 && terms.begin()->first != Powers(0, 0))) {
    return std::nullopt;
  }
  return terms.empty() ? 0 : terms.begin()->second;
}

std::optional<Size> Size::over(const Size &other) const {
  if (!exact || !other.exact || other.terms.size() != 1) {
    return std::nullopt;
  }
  const auto &[powers, factor] = *other.terms.begin();
  Size result;
  for (const auto &[mine, number] : terms) {
    const Powers left(mine.first - powers.first, mine.second - powers.second);
    if (left.first < 0 || left.second < 0 || (factor == -1 && number == INT64_MIN) || number % factor != 0) {
      return std::nullopt;
    }
    result.add(left, number / factor);
  }
  return result;
}

std::optional<int64_t> Size::least() const {
  int64_t sum = 0;
  for (const auto &[powers, factor] : terms) {
    if (factor < 0 || __builtin_add_overflow(sum, factor, &sum)) {
      return std::nullopt;
    }
  }
  return exact ? std::optional(sum) : std::nullopt;
}

} // namespace clew::compiler
