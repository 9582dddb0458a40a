// Each gradient rule against central differences in f64 on the ref backend. The differences themselves are good to about 1e-9 (step 1e-5:
// the error of the step is about 1e-10, that of rounding 1e-11), so 1e-7 leaves room for curvature and none for a wrong rule.
#include "tests/compiler/gradients/GradientRun.h"

#include <cmath>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace clew;

namespace {

constexpr double tolerance = 1e-7;

std::string parameter(const std::string &name, const std::string &shape) {
  return fmt::format("nn.parameter @{0} normal : tensor<{1}xf64>\n", name, shape);
}

std::string get(const std::string &name, const std::string &shape) {
  return fmt::format("%{0} = nn.get @{0} : tensor<{1}xf64>\n", name, shape);
}

/// Rows of tokens (or of sequences) that are parameters of their own: %NAME of `width` columns.
std::string rows(const std::string &name, int width, const std::string &level) {
  const bool tokens = level == "tokens";
  return get(name + "_rows", fmt::format("{}x{}", tokens ? 7 : 3, width)) +
         fmt::format("%{0} = nn.embedding {1}, %{0}_rows : tensor<?xi32, #{2}>, tensor<{3}x{4}xf64>\n", name,
                     tokens ? "%ids" : "%rows", level, tokens ? 7 : 3, width);
}

/// One op between rows of tokens and a loss.
struct Rule {
  std::string parameters;
  std::string body; ///< from %x to %y
  int width = 4;    ///< columns of y
  std::string level = "tokens";
  double size = 0.5;
};

double differenceOf(const Rule &rule) {
  const bool tokens = rule.level == "tokens";
  const std::string parameters = parameter("x_rows", "7x4") + rule.parameters +
                                 parameter("t_rows", fmt::format("{}x{}", tokens ? 7 : 3, rule.width));
  const std::string loss = fmt::format("%loss, %d0, %d1 = nn.mean_square %y, %t : tensor<?x{}xf64, #{}>\n"
                                       "return %loss : !number\n",
                                       rule.width, rule.level);
  GradientRun run(parameters, rows("x", 4, "tokens") + rule.body + rows("t", rule.width, rule.level) + loss, rule.size);
  return largestDifference(run);
}

void check(const std::string &name, const Rule &rule) {
  const double difference = differenceOf(rule);
  INFO(name << ": " << difference);
  CHECK(difference < tolerance);
}

const std::string tensor = "tensor<?x4xf64, #tokens>";

} // namespace

TEST_CASE("linear, with and without bias, and a weight that is read twice") {
  const std::string w = parameter("w", "5x4"), b = parameter("b", "5");
  check("linear", {w + b,
                   get("w", "5x4") + get("b", "5") +
                       "%y = nn.linear %x, %w, %b : (tensor<?x4xf64, #tokens>, tensor<5x4xf64>, tensor<5xf64>) -> "
                       "tensor<?x5xf64, #tokens>\n",
                   5});
  check("tied",
        {parameter("s", "4x4"),
         get("s", "4x4") + "%h = nn.linear %x, %s : (tensor<?x4xf64, #tokens>, tensor<4x4xf64>) -> tensor<?x4xf64, "
                           "#tokens>\n%g = nn.tanh %h : tensor<?x4xf64, #tokens>\n%y = nn.linear %g, %s : "
                           "(tensor<?x4xf64, #tokens>, tensor<4x4xf64>) -> tensor<?x4xf64, #tokens>\n"});
}

TEST_CASE("every activation") {
  for (const char *name : {"gelu", "gelu_tanh", "tanh", "relu", "sigmoid", "silu"}) {
    check(name, {"", fmt::format("%y = nn.{} %x : {}\n", name, tensor), 4, "tokens", 2.0});
  }
}

TEST_CASE("sums and products of elements, with matrices and vectors") {
  const std::string v = parameter("v", "4");
  for (const char *name : {"add", "subtract", "multiply"}) {
    check(name, {parameter("s", "1"),
                 get("s", "1") + fmt::format("%y = nn.{0} %x, %s : {1}, tensor<1xf64>\n", name, tensor)});
    check(name,
          {v, get("v", "4") + fmt::format("%h = nn.{0} %x, %v : {1}, tensor<4xf64>\n%y = nn.{0} %h, %x : {1}, {1}\n",
                                          name, tensor)});
  }
  check("scale", {"", fmt::format("%y = nn.scale %x factor -1.5 : {}\n", tensor)});
}

TEST_CASE("softmax and norms") {
  check("softmax", {"", fmt::format("%y = nn.softmax %x : {}\n", tensor), 4, "tokens", 2.0});
  check("shares", {parameter("s", "3"), get("s", "3") + fmt::format("%shares = nn.softmax %s : tensor<3xf64>\n"
                                                                    "%share = nn.slice %shares[1, 1] : tensor<3xf64>\n"
                                                                    "%y = nn.multiply %x, %share : {}, tensor<1xf64>\n",
                                                                    tensor)});
  check("l2_normalize", {"", fmt::format("%y = nn.l2_normalize %x : {}\n", tensor)});
  check("layer_norm",
        {parameter("w", "4") + parameter("b", "4"),
         get("w", "4") + get("b", "4") + fmt::format("%y = nn.layer_norm %x, %w, %b eps 1.0e-5 : {}\n", tensor)});
}

TEST_CASE("batch norm, with the mean and variance that it is given") {
  const std::string given =
      "nn.parameter @m normal : tensor<4xf64> {nn.frozen}\nnn.parameter @s normal : tensor<4xf64> {nn.frozen}\n";
  GradientRun run(
      parameter("x_rows", "7x4") + parameter("t_rows", "7x4") + parameter("w", "4") + parameter("b", "4") + given,
      rows("x", 4, "tokens") + rows("t", 4, "tokens") + get("w", "4") + get("b", "4") + get("m", "4") + get("s", "4") +
          fmt::format("%y = nn.batch_norm %x, %w, %b, %m, %s eps 1.0e-5 : ({0}, tensor<4xf64>, tensor<4xf64>, "
                      "tensor<4xf64>, tensor<4xf64>) -> {0}\n%loss, %d, %e = nn.mean_square %y, %t : {0}\n"
                      "return %loss : !number\n",
                      tensor));
  for (double &variance : run.valuesOf("s")) {
    variance = std::abs(variance) + 0.1;
  }
  CHECK(largestDifference(run) < tolerance);
}

TEST_CASE("columns: concat, and slices of it") {
  check("concat", {"",
                   fmt::format("%h = nn.tanh %x : {0}\n%y = nn.concat %x, %h axis 1 : ({0}, {0}) -> tensor<?x8xf64, "
                               "#tokens>\n",
                               tensor),
                   8});
  check("slice",
        {"", "%h = nn.slice %x[1, 2] : tensor<?x4xf64, #tokens>\n%y = nn.tanh %h : tensor<?x2xf64, #tokens>\n", 2});
}

TEST_CASE("pooling") {
  for (const char *name : {"first", "last", "mean", "max"}) {
    check(name, {"", fmt::format("%y = nn.{} %x, %offsets : {}, !offsets\n", name, tensor), 4, "batch"});
  }
}

TEST_CASE("windows, as of a convolution") {
  for (int before : {0, 1, 2}) {
    check("window",
          {"", fmt::format("%y = nn.window %x, %offsets size 3 before {} : {}, !offsets\n", before, tensor), 12});
    check("whole",
          {"", fmt::format("%y = nn.window %x, %offsets size 3 before {} whole : {}, !offsets\n", before, tensor), 12});
  }
}

TEST_CASE("dropout: the gradient drops what the value dropped") {
  check("dropout", {"", fmt::format("%y = nn.dropout %x rate 0.4 site 5 : {}\n", tensor)});
}

TEST_CASE("attention: heads, causal, windows, a value width of its own, relative positions") {
  const std::string scores = "tensor<?x2x?xf64, #tokens>", lse = "tensor<?x2xf64, #tokens>";
  const std::string three = fmt::format("%k = nn.tanh %x : {0}\n%v = nn.sigmoid %x : {0}\n", tensor);
  for (const char *kind : {"", "causal ", "window 2 ", "causal window 2 "}) {
    check(kind,
          {"",
           three + fmt::format(
                       "%y, %s, %l = nn.attention %x, %k, %v, %offsets heads 2 scale 0.7 {}: ({}, {}, {}, !offsets) "
                       "-> ({}, {}, {})\n",
                       kind, tensor, tensor, tensor, tensor, scores, lse),
           4, "tokens", 1.0});
  }
  const std::string tables = parameter("rk", "3x2") + parameter("rv", "3x4") + parameter("rq", "4x4");
  const std::string reads = get("rk", "3x2") + get("rv", "3x4") + get("rq", "4x4");
  check("relative",
        {tables,
         three + reads +
             fmt::format("%r = nn.linear %x, %rq : ({0}, tensor<4x4xf64>) -> {0}\n"
                         "%y, %s, %l = nn.attention %x, %k, %v, %offsets keys %rk values %rv by %r heads 2 scale 0.7 : "
                         "({0}, {0}, {0}, !offsets, tensor<3x2xf64>, tensor<3x4xf64>, {0}) -> ({0}, {1}, {2})\n",
                         tensor, scores, lse),
         4, "tokens", 1.0});
}

namespace {

/// A recurrence over x with hidden 3, and what it begins with; all results but c_n are read: y, and h_n by its sum with y's last row.
Rule recurrence(const std::string &cell, const std::string &flags, bool initial, bool projected) {
  const bool gru = cell == "gru";
  const int hidden = 3, outputs = projected ? 2 : 3, gates = gru ? 3 : 4;
  const std::string ih = fmt::format("{}x4", gates * hidden), hh = fmt::format("{}x{}", gates * hidden, outputs);
  const std::string one = fmt::format("{}", gates * hidden), state = fmt::format("{}", outputs),
                    inner = fmt::format("{}", hidden);
  std::string parameters = parameter("ih", ih) + parameter("hh", hh) + parameter("b", one);
  std::string reads = get("ih", ih) + get("hh", hh) + get("b", one);
  std::string operands = "%x, %offsets, %ih, %hh, %b";
  std::string types = fmt::format("{}, !offsets, tensor<{}xf64>, tensor<{}xf64>, tensor<{}xf64>", tensor, ih, hh, one);
  auto more = [&](const std::string &name, const std::string &shape, const std::string &word) {
    parameters += parameter(name, shape);
    reads += get(name, shape);
    operands += word + "%" + name;
    types += fmt::format(", tensor<{}xf64>", shape);
  };
  if (gru) {
    more("bh", one, ", ");
  }
  if (projected) {
    more("hr", fmt::format("{}x{}", outputs, hidden), " projection ");
  }
  if (initial) {
    more("h0", state, " from ");
    if (!gru) {
      more("c0", inner, " and ");
    }
  }
  const std::string y = fmt::format("tensor<?x{}xf64, #tokens>", outputs),
                    last = fmt::format("tensor<?x{}xf64, #batch>", outputs);
  const std::string results = gru ? "%r, %hn" : "%r, %hn, %cn";
  const std::string c = gru ? "" : fmt::format(", tensor<?x{}xf64, #batch>", hidden);
  return {
      parameters,
      reads +
          fmt::format("{} = nn.{} {} {} : ({}) -> ({}, {}{})\n", results, cell, operands, flags, types, y, last, c) +
          fmt::format("%m = nn.mean %r, %offsets : {}, !offsets\n%y = nn.add %m, %hn : {}, {}\n", y, last, last),
      outputs, "batch", 0.9};
}

} // namespace

TEST_CASE("LSTM: both directions, initial states, projection, clips") {
  for (const char *flags : {"", "reverse"}) {
    check("lstm", recurrence("lstm", flags, false, false));
    check("lstm from", recurrence("lstm", flags, true, false));
    check("lstm projected", recurrence("lstm", flags, true, true));
  }
  check("lstm clipped", recurrence("lstm", "cell_clip 0.35 projection_clip 0.12", true, true));
}

TEST_CASE("GRU: both directions, both resets, both conventions of the update") {
  for (const char *flags : {"", "reverse", "reset_before", "update_new", "reverse reset_before update_new"}) {
    check(flags, recurrence("gru", flags, false, false));
    check(flags, recurrence("gru", flags, true, false));
  }
}

TEST_CASE("losses") {
  auto loss = [](const std::string &parameters, const std::string &body) {
    GradientRun run(parameter("x_rows", "7x3") + parameter("z_rows", "3x3") + parameters,
                    rows("x", 3, "tokens") + rows("z", 3, "batch") + body + "return %loss : !number\n", 1.5);
    return largestDifference(run);
  };
  const std::string x = "tensor<?x3xf64, #tokens>", labels = "tensor<?xi32, #tokens>";
  CHECK(loss("", fmt::format("%loss, %d = nn.cross_entropy %x, %labels : {}, {}\n", x, labels)) < tolerance);
  CHECK(loss("", fmt::format("%loss, %d = nn.cross_entropy %x, %labels smoothing 0.1 : {}, {}\n", x, labels)) <
        tolerance);
  CHECK(loss("", "%loss, %d = nn.cross_entropy %z, %classes : tensor<?x3xf64, #batch>, tensor<?xi32, #batch>\n") <
        tolerance);
  // A label that is one beyond the columns counts for nothing.
  CHECK(loss("", "%u = nn.slice %x[0, 2] : tensor<?x3xf64, #tokens>\n%loss, %d = nn.cross_entropy %u, %labels : "
                 "tensor<?x2xf64, "
                 "#tokens>, tensor<?xi32, #tokens>\n") < tolerance);
  const std::string chain = parameter("tr", "3x3") + parameter("st", "3") + parameter("en", "3");
  for (const char *flag : {"", "by_token "}) {
    CHECK(
        loss(chain,
             get("tr", "3x3") + get("st", "3") + get("en", "3") +
                 fmt::format(
                     "%loss, %d, %e, %f, %g = nn.crf_loss %x, %labels, %offsets, %tr, %st, %en {}: ({}, {}, !offsets, "
                     "tensor<3x3xf64>, tensor<3xf64>, tensor<3xf64>) -> (!number, {}, tensor<3x3xf64>, "
                     "tensor<3xf64>, tensor<3xf64>)\n",
                     flag, x, labels, x)) < tolerance);
  }
}

TEST_CASE("a teacher's scores: it is frozen, and the sum of losses weighs them") {
  const std::string x = "tensor<?x3xf64, #tokens>";
  for (const char *form : {"", "temperature 3.0 ", "temperature 3.0 divergence "}) {
    GradientRun run(parameter("x_rows", "7x3") + "nn.parameter @t_rows normal : tensor<7x3xf64> {nn.frozen}\n",
                    rows("x", 3, "tokens") + rows("t", 3, "tokens") +
                        fmt::format("%soft, %d = nn.soft_cross_entropy %x, %t {}: {}\n", form, x) +
                        fmt::format("%hard, %e = nn.cross_entropy %x, %labels : {}, tensor<?xi32, #tokens>\n", x) +
                        "%half = nn.scale %hard factor 0.25 : !number\n"
                        "%loss = nn.add %soft, %half : !number, !number\nreturn %loss : !number\n",
                    1.5);
    CHECK(run.program().states.size() == 3); // x, t, and one gradient
    CHECK(largestDifference(run) < tolerance);
  }
}
