// Size: how long an axis of an ONNX graph is, as far as it is known before a batch is: a polynomial in the batch's sequences and the places
// for tokens that each has. Shapes of graphs are computed by nodes; this is what they compute with.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace clew::compiler {

/// Sums and products of numbers, `batch` and `tokens`, both of which are at least 1.
class Size {
public:
  Size() = default;
  Size(int64_t number) { add({0, 0}, number); }
  static Size batch() { return power(1, 0); }
  static Size tokens() { return power(0, 1); }

  bool operator==(const Size &other) const { return exact && other.exact && terms == other.terms; }
  Size operator+(const Size &other) const;
  Size operator-(const Size &other) const { return *this + Size(-1) * other; }
  Size operator*(const Size &other) const;

  /// The number that it is, if it is one.
  std::optional<int64_t> number() const;
  /// This over `other`, where that is one product and divides every part.
  std::optional<Size> over(const Size &other) const;
  /// What it is at least, if no part is negative.
  std::optional<int64_t> least() const;
  bool isOne() const { return *this == Size(1); }

private:
  using Powers = std::pair<int, int>; ///< of batch, of tokens
  static Size power(int batch, int tokens) {
    Size size;
    size.add({batch, tokens}, 1);
    return size;
  }
  void add(Powers powers, int64_t factor);

  std::map<Powers, int64_t> terms; ///< factors, none 0
  bool exact = true;               ///< no number was too large
};

} // namespace clew::compiler
