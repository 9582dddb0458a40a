// The functions behind the table of ref ops, one group a source file. What each means stands in RefOps.h. T: the compute type,
// double or float; both are instantiated in the group's file. Private to runtime/ref.
#pragma once

#include "runtime/ref/RefOps.h"

namespace clew::ref {

// Linear.cpp
template <typename T> Result<void> linear(const RefCall &call);

// Norm.cpp
template <typename T> Result<void> layerNorm(const RefCall &call);
template <typename T> Result<void> batchNorm(const RefCall &call);
template <typename T> Result<void> softmax(const RefCall &call);
template <typename T> Result<void> l2Normalize(const RefCall &call);

// Attention.cpp
template <typename T> Result<void> attention(const RefCall &call);

// Recurrence.cpp
template <typename T> Result<void> recurrence(const RefCall &call);
template <typename T> Result<void> lstm(const RefCall &call);
template <typename T> Result<void> gru(const RefCall &call);

// Viterbi.cpp
template <typename T> Result<void> viterbi(const RefCall &call);

// Pooling.cpp
template <typename T> Result<void> last(const RefCall &call);
template <typename T> Result<void> mean(const RefCall &call);
template <typename T> Result<void> max(const RefCall &call);

// Elementwise.cpp
template <typename T> Result<void> add(const RefCall &call);
template <typename T> Result<void> subtract(const RefCall &call);
template <typename T> Result<void> multiply(const RefCall &call);
template <typename T> Result<void> scale(const RefCall &call);
std::span<const RefEntry> activationOps();                        ///< one for each of Activations.h
template <typename T> Result<void> identity(const RefCall &call); ///< dropout outside of training

// Embedding.cpp
Result<void> sinusoids(const RefCall &call);
Result<void> buckets(const RefCall &call);
template <typename T> Result<void> embedding(const RefCall &call);
Result<void> positions(const RefCall &call);

// Movement.cpp: bytes are copied, nothing is computed
Result<void> slice(const RefCall &call);
Result<void> row(const RefCall &call);
Result<void> concat(const RefCall &call);
Result<void> first(const RefCall &call);
Result<void> gather(const RefCall &call);
Result<void> window(const RefCall &call);

// Gradients.cpp
template <typename T> Result<void> derivative(const RefCall &call);
template <typename T> Result<void> standardize(const RefCall &call);
template <typename T> Result<void> layerNormGradient(const RefCall &call);
template <typename T> Result<void> softmaxGradient(const RefCall &call);
template <typename T> Result<void> l2NormalizeGradient(const RefCall &call);
template <typename T> Result<void> batchNormGradient(const RefCall &call);
template <typename T> Result<void> scaleBy(const RefCall &call);
template <typename T> Result<void> fill(const RefCall &call);
template <typename T> Result<void> pad(const RefCall &call);
template <typename T> Result<void> drop(const RefCall &call);

// GradientSums.cpp
template <typename T> Result<void> matmul(const RefCall &call);
template <typename T> Result<void> outerSum(const RefCall &call);
template <typename T> Result<void> sumRows(const RefCall &call);
template <typename T> Result<void> sum(const RefCall &call);
template <typename T> Result<void> accumulate(const RefCall &call);
template <typename T> Result<void> embeddingGradient(const RefCall &call);
template <typename T> Result<void> spread(const RefCall &call);
template <typename T> Result<void> maxGradient(const RefCall &call);
template <typename T> Result<void> shift(const RefCall &call);
template <typename T> Result<void> windowGradient(const RefCall &call);

// AttentionGradient.cpp, RecurrenceGradient.cpp
template <typename T> Result<void> attentionGradient(const RefCall &call);
template <typename T> Result<void> recurrenceGradient(const RefCall &call);

// Losses.cpp, CrfLoss.cpp
template <typename T> Result<void> crossEntropy(const RefCall &call);
template <typename T> Result<void> softCrossEntropy(const RefCall &call);
template <typename T> Result<void> meanSquare(const RefCall &call);
template <typename T> Result<void> crfLoss(const RefCall &call);

// Quantize.cpp
template <typename T> Result<void> cast(const RefCall &call);
template <typename T> Result<void> quantize(const RefCall &call);
template <typename T> Result<void> dequantize(const RefCall &call);
/// Quantizes one row of `count` values to s8 as RefOps.h says; returns the scale.
template <typename T> float quantizeRow(const T *values, int64_t count, int32_t *quantized);

} // namespace clew::ref
