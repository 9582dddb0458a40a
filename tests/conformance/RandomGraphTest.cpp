// Optimized == unoptimized: random graphs of nn ops give on cpu, where they are merged, fused, chained and generated, what they give on
// ref, where each op runs by itself.
#include "tests/conformance/Graphs.h"

#include <doctest/doctest.h>

#include <random>
#include <sstream>

using namespace clew;
using namespace clew::conformance;

namespace {

constexpr int64_t kVocabulary = 40;

/// Writes a graph of `steps` random ops. Every value keeps to a few widths, so that ops find partners.
class GraphWriter {
public:
  explicit GraphWriter(uint32_t seed) : random(seed) {}

  std::string write(int steps) {
    int width = pick({8, 26, 36, 48});
    parameter("table", {kVocabulary, width});
    body << "  %w0 = nn.get @table : tensor<" << kVocabulary << "x" << width << "xf32>\n";
    body << "  %v0 = nn.embedding %ids, %w0 : " << kIds << ", tensor<" << kVocabulary << "x" << width << "xf32>\n";
    values.push_back({0, width});
    for (int i = 1; i <= steps; ++i) {
      step(i);
    }
    const Value &last = values.back();
    std::ostringstream text;
    text << "module attributes {nn.model = \"test/graph\"} {\n" << head.str();
    text << "func.func @main(%ids: " << kIds << " {nn.input = \"ids\", nn.limit = " << kVocabulary
         << " : i64}, %offsets: " << kOffsets << " {nn.input = \"offsets\"}) -> (" << type(last.width)
         << " {nn.output = \"hidden\"}) {\n"
         << body.str() << "  return %v" << last.id << " : " << type(last.width) << "\n}\n}\n";
    return text.str();
  }

private:
  struct Value {
    int id;
    int width;
  };

  int pick(std::initializer_list<int> options) { return options.begin()[random() % options.size()]; }
  static std::string type(int width) { return "tensor<?x" + std::to_string(width) + "xf32, " + kTokens + ">"; }

  void parameter(const std::string &name, std::initializer_list<int64_t> shape, bool gain = false) {
    head << "nn.parameter @" << name << (gain ? " gain" : " normal") << " : tensor<";
    for (int64_t size : shape) {
      head << size << "x";
    }
    head << "f32>\n";
  }

  std::string vector(const std::string &name, int width, bool gain = false) {
    parameter(name, {width}, gain);
    body << "  %" << name << " = nn.get @" << name << " : tensor<" << width << "xf32>\n";
    return "%" + name;
  }

  void step(int id) {
    Value x = values[random() % values.size()];
    std::string v = "  %v" + std::to_string(id) + " = ";
    std::string in = "%v" + std::to_string(x.id);
    std::string tag = std::to_string(id);
    int width = x.width;
    switch (random() % 8) {
    case 0:
    case 1: {
      width = pick({8, 26, 36, 48});
      std::string bias = vector("b" + tag, width);
      parameter("w" + tag, {width, x.width});
      body << "  %w" << tag << " = nn.get @w" << tag << " : tensor<" << width << "x" << x.width << "xf32>\n";
      body << v << "nn.linear " << in << ", %w" << tag << ", " << bias << " : (" << type(x.width) << ", tensor<"
           << width << "x" << x.width << "xf32>, tensor<" << width << "xf32>) -> " << type(width) << "\n";
      break;
    }
    case 2: {
      std::string gain = vector("g" + tag, width, true);
      std::string shift = vector("b" + tag, width);
      body << v << "nn.layer_norm " << in << ", " << gain << ", " << shift << " eps 1.0e-12 : " << type(width) << "\n";
      break;
    }
    case 3:
      body << v << "nn." << std::vector<std::string>{"gelu", "tanh", "sigmoid", "relu", "softmax"}[random() % 5] << " "
           << in << " : " << type(width) << "\n";
      break;
    case 4: {
      Value y = values[random() % values.size()];
      if (y.width != width) {
        y = x;
      }
      body << v << "nn.add " << in << ", %v" << y.id << " : " << type(width) << ", " << type(width) << "\n";
      break;
    }
    case 5: {
      std::string y = vector("m" + tag, width, true);
      body << v << "nn.multiply " << in << ", " << y << " : " << type(width) << ", tensor<" << width << "xf32>\n";
      break;
    }
    case 6:
      body << "  %v" << tag << ", %s" << tag << ", %l" << tag << " = nn.attention " << in << ", " << in << ", " << in
           << ", %offsets heads 2 scale 3.0e-01 : (" << type(width) << ", " << type(width) << ", " << type(width)
           << ", " << kOffsets << ") -> (" << type(width) << ", tensor<?x2x?xf32, " << kTokens << ">, " << type(2)
           << ")\n";
      break;
    default: {
      Value y = values[random() % values.size()];
      width = x.width + y.width;
      if (width > 100) {
        width = x.width;
        body << v << "nn.gelu_tanh " << in << " : " << type(width) << "\n";
        break;
      }
      body << v << "nn.concat " << in << ", %v" << y.id << " axis 1 : (" << type(x.width) << ", " << type(y.width)
           << ") -> " << type(width) << "\n";
    }
    }
    values.push_back({id, width});
  }

  std::mt19937 random;
  std::ostringstream head;
  std::ostringstream body;
  std::vector<Value> values;
};

} // namespace

TEST_CASE("random graphs give the same numbers optimized and op by op") {
  std::vector<TestBatch> batches = {makeBatch({3, 21, 1}, kVocabulary, 5), makeBatch({50}, kVocabulary, 6)};
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    std::string text = GraphWriter(seed).write(4 + seed % 13);
    auto reference = runGraph(text, {Target::Ref, Precision::F32, "", 1}, batches);
    REQUIRE_MESSAGE(reference, reference.error().render() << "\n" << text);
    auto measured = runGraph(text, {Target::Cpu, Precision::F32, "", 2}, batches);
    REQUIRE_MESSAGE(measured, measured.error().render() << "\n" << text);
    for (size_t i = 0; i < batches.size(); ++i) {
      for (const auto &[name, expected] : (*reference)[i]) {
        CHECK_MESSAGE(distance((*measured)[i].at(name), expected) <= 1e-4, text);
      }
    }
  }
}
