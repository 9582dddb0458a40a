// The tail of the normal distribution as a polynomial: what GELU's generated loops and those of training compute it from.
#pragma once

namespace clew {

/// q(x) = erfc(x / sqrt 2) / 2 for 0 <= x <= kNormalTailEnd, in t = 2 x / kNormalTailEnd - 1, the highest power first: the coefficients
/// with the smallest error weighted by x + 0.3, so that x q(x) keeps its relative accuracy near 0. Beyond the end x q(x) is below 2e-7.
inline constexpr double kNormalTailEnd = 5.4;
inline constexpr double kNormalTail[] = {
    1.0046440726e-03, -6.0265932161e-03, 2.6204240622e-03,  2.8244820761e-02,  -3.8039337072e-02, -3.8971268858e-02,
    1.1752872466e-01, -4.6244522065e-02, -1.3433331961e-01, 2.1097433894e-01,  -7.2107277820e-02, -1.5482749519e-01,
    2.6730269408e-01, -2.1501253490e-01, 1.0255656967e-01,  -2.8136826099e-02, 3.4669716e-03};

} // namespace clew
