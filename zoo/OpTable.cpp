// The table of ops that YAML may use; docs/architecture.md says what each means.
#include "zoo/OpTable.h"

#include "runtime/ref/Activations.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

namespace clew {
namespace {

constexpr double largest = 2147483647; // sizes stay far away from overflow when multiplied in 64 bits
constexpr OpAttribute size(std::string_view name) { return {name, AttributeType::Int, true, 1, largest}; }

constexpr std::string_view offsets[] = {"offsets"};
constexpr std::string_view ids[] = {"ids"};
constexpr std::string_view x[] = {"x"};
constexpr std::string_view xRows[] = {"x", "rows"};
constexpr std::string_view xy[] = {"x", "y"};
constexpr std::string_view xOffsets[] = {"x", "offsets"};
constexpr std::string_view xLabels[] = {"x", "labels"};
constexpr std::string_view xLabelsOffsets[] = {"x", "labels", "offsets"};
constexpr std::string_view attentionOperands[] = {"q",
                                                  "k",
                                                  "v",
                                                  "offsets",
                                                  "relative_keys",
                                                  "relative_values",
                                                  "relative_q",
                                                  "relative_biases",
                                                  "segments",
                                                  "segment_keys",
                                                  "segment_q"};

constexpr OpAttribute embeddingAttributes[] = {
    size("count"), size("width"), {"start", AttributeType::Int, false, 0, largest}};
constexpr OpAttribute tableAttributes[] = {size("count"), size("width")};
constexpr OpAttribute rowAttributes[] = {size("count"), size("width"), {"index", AttributeType::Int, true, 0, largest}};
constexpr OpAttribute sinusoidAttributes[] = {size("count"),
                                              size("width"),
                                              {"from", AttributeType::Int, false, -largest, largest},
                                              {"step", AttributeType::Int, false, -largest, largest},
                                              {"interleaved", AttributeType::Bool, false}};
constexpr OpAttribute bucketAttributes[] = {{"furthest", AttributeType::Int, true, 1, 65536},
                                            {"causal", AttributeType::Bool, false}};
constexpr std::string_view keptTypes[] = {"f32", "bf16"};
constexpr OpAttribute keep = {"keep", AttributeType::String, false, 0, 0, keptTypes};
constexpr OpAttribute linearAttributes[] = {size("width"), {"bias", AttributeType::Bool, false}, keep};
constexpr OpAttribute normAttributes[] = {{"eps", AttributeType::Float, false, 1e-30, 1}};
constexpr OpAttribute attentionAttributes[] = {size("heads"),
                                               {"scale", AttributeType::Float, false, 1e-6, 1e6},
                                               {"causal", AttributeType::Bool, false},
                                               {"clamp", AttributeType::Bool, false},
                                               {"window", AttributeType::Int, false, 1, largest}};
constexpr OpAttribute clip(std::string_view name) { return {name, AttributeType::Float, false, 0, 1e6}; }
constexpr std::string_view projectionWeight[] = {"weight_hr"};
constexpr std::string_view carried[] = {"reset", "carry"};
constexpr OpAttribute state = {"state", AttributeType::String, false, 0, 0, carried};
constexpr std::string_view lstmOperands[] = {"x", "offsets", "h_0", "c_0"};
constexpr std::string_view gruOperands[] = {"x", "offsets", "h_0"};
constexpr std::string_view lstmStates[] = {"h_0", "c_0"};
constexpr std::string_view gruStates[] = {"h_0"};
constexpr OpAttribute lstmAttributes[] = {size("hidden"),
                                          {"reverse", AttributeType::Bool, false},
                                          {"projection", AttributeType::Int, false, 0, largest, {}, projectionWeight},
                                          clip("cell_clip"),
                                          clip("projection_clip"),
                                          {"initial", AttributeType::Bool, false, 0, 0, {}, lstmStates},
                                          state,
                                          keep};
constexpr std::string_view sides[] = {"before", "after"};
constexpr std::string_view shares[] = {"old", "new"};
constexpr OpAttribute gruAttributes[] = {size("hidden"),
                                         {"reverse", AttributeType::Bool, false},
                                         {"reset", AttributeType::String, false, 0, 0, sides},
                                         {"update", AttributeType::String, false, 0, 0, shares},
                                         {"initial", AttributeType::Bool, false, 0, 0, {}, gruStates},
                                         state,
                                         keep};
constexpr OpAttribute windowAttributes[] = {{"size", AttributeType::Int, true, 1, 1024},
                                            {"before", AttributeType::Int, false, 0, 1023},
                                            {"whole", AttributeType::Bool, false}};
constexpr OpAttribute sliceAttributes[] = {{"begin", AttributeType::Int, true, 0, largest}, size("width")};
constexpr std::string_view inits[] = {"normal", "gain"};
constexpr OpAttribute parameterAttributes[] = {size("width"), {"init", AttributeType::String, false, 0, 0, inits}};
constexpr OpAttribute scaleAttributes[] = {{"factor", AttributeType::Float, true, -1e9, 1e9}};
constexpr std::string_view moves[] = {"all", "bio", "bioes"};
constexpr OpAttribute viterbiAttributes[] = {{"moves", AttributeType::String, false, 0, 0, moves}};
constexpr OpAttribute crossEntropyAttributes[] = {{"smoothing", AttributeType::Float, false, 0, 0.999}};
constexpr OpAttribute softAttributes[] = {{"temperature", AttributeType::Float, false, 1e-3, 1e3},
                                          {"divergence", AttributeType::Bool, false}};
constexpr OpAttribute crfLossAttributes[] = {{"by_token", AttributeType::Bool, false}};
constexpr OpAttribute dropoutAttributes[] = {{"rate", AttributeType::Float, true, 0, 0.999}};

constexpr auto activations = [] {
  std::array<std::string_view, std::size(ref::kActivations)> names;
  std::ranges::transform(ref::kActivations, names.begin(), &ref::Activation::name);
  return names;
}();
constexpr OpAttribute activationAttributes[] = {{"function", AttributeType::String, true, 0, 0, activations}};

constexpr std::string_view poolings[] = {"first", "last", "mean", "max"};
constexpr OpAttribute poolingAttributes[] = {{"function", AttributeType::String, true, 0, 0, poolings}};

constexpr std::string_view weight[] = {"weight"};
constexpr std::string_view weightBias[] = {"weight", "bias"};
constexpr std::string_view batchNormParameters[] = {"weight", "bias", "running_mean", "running_var"};
constexpr std::string_view lstmParameters[] = {"weight_ih", "weight_hh", "bias"};
constexpr std::string_view gruParameters[] = {"weight_ih", "weight_hh", "bias_ih", "bias_hh"};
constexpr std::string_view crfParameters[] = {"transitions", "start_transitions", "end_transitions"};

/// Activations come from runtime/ref, which says what they mean.
constexpr OpEntry table[] = {
    {"positions", offsets, {}, {}},
    {"embedding", ids, embeddingAttributes, weight},
    {"row", {}, rowAttributes, weight},
    {"parameter", {}, parameterAttributes, weight},
    {"table", {}, tableAttributes, weight},
    {"sinusoids", {}, sinusoidAttributes, {}},
    {"buckets", x, bucketAttributes, {}},
    {"linear", x, linearAttributes, weightBias},
    {"add", xy, {}, {}},
    {"subtract", xy, {}, {}},
    {"multiply", xy, {}, {}},
    {"softmax", x, {}, {}},
    {"activation", x, activationAttributes, {}},
    {"l2_normalize", x, normAttributes, {}},
    {"layer_norm", x, normAttributes, weightBias},
    {"attention", attentionOperands, attentionAttributes, {}, 7},
    {"batch_norm", x, normAttributes, batchNormParameters},
    {"lstm", lstmOperands, lstmAttributes, lstmParameters, 2},
    {"gru", gruOperands, gruAttributes, gruParameters, 1},
    {"viterbi", xOffsets, viterbiAttributes, crfParameters},
    {"cross_entropy", xLabels, crossEntropyAttributes, {}, 0, true},
    {"soft_cross_entropy", xy, softAttributes, {}, 0, true},
    {"mean_square", xy, {}, {}, 0, true},
    {"crf_loss", xLabelsOffsets, crfLossAttributes, crfParameters, 0, true},
    {"window", xOffsets, windowAttributes, {}},
    {"scale", x, scaleAttributes, {}},
    {"concat", xy, {}, {}},
    {"slice", x, sliceAttributes, {}},
    {"gather", xRows, {}, {}},
    {"first", xOffsets, {}, {}},
    {"last", xOffsets, {}, {}},
    {"mean", xOffsets, {}, {}},
    {"max", xOffsets, {}, {}},
    {"pooling", xOffsets, poolingAttributes, {}},
    {"dropout", x, dropoutAttributes, {}},
};

} // namespace

std::span<const OpEntry> opTable() {
  static const std::vector<OpEntry> all = [] {
    std::vector<OpEntry> entries(std::begin(table), std::end(table));
    for (const ref::Activation &activation : ref::kActivations) {
      entries.push_back({activation.name, x, {}, {}});
    }
    return entries;
  }();
  return all;
}

const OpEntry *findOp(std::string_view name) {
  for (const OpEntry &entry : opTable()) {
    if (entry.name == name) {
      return &entry;
    }
  }
  return nullptr;
}

} // namespace clew
