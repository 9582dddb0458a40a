// onnx_nodes FOLDER LISTS TABLE [--write | NAME...]: runs ONNX's own node tests (scripts/onnx_nodes.py writes them into FOLDER) in three ways,
// and holds what passes against two files of LISTS: pass.txt (a test and the ways in which it passes) and fail.txt (a test, the ways in which it
// fails, and why), and the table of ops in TABLE against what comes out. A test that is in neither list, or passes or fails against them, and
// another table are errors. --write writes all three anew; with names, those tests alone are run and what they give is printed.
//
// static: as the test has it, shapes fixed. dynamic: every extent of the inputs is open. constant: inputs are initializers, so that all is
// computed ahead, as far as ops are pure.
#include "runtime/evaluate/Evaluator.h"
#include "runtime/evaluate/Ops.h"
#include "runtime/onnx/OnnxReader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace clew;
using namespace clew::onnx;

namespace {

/// One run of a test: what goes in and must come out.
struct Run {
  std::vector<Value> inputs, outputs;
};

struct Case {
  OnnxFile model, data;
  double relative = 0, absolute = 0;
  std::vector<Run> runs;
};

enum class Way : uint8_t { Static, Dynamic, Constant };
constexpr const char *wayNames[] = {"static", "dynamic", "constant"};

std::shared_ptr<Memory> memory = std::make_shared<Memory>(int64_t{1} << 32);

std::vector<Value> valuesOf(const std::string &line, const std::string &prefix,
                            const std::map<std::string, const Tensor *> &tensors) {
  std::vector<Value> values;
  std::istringstream words(line);
  std::string word;
  for (size_t i = 0; words >> word; ++i) {
    const std::string name = fmt::format("{}.{}", prefix, i);
    if (word == "none") {
      values.emplace_back();
    } else if (word == "tensor") {
      values.emplace_back(arrayOf(*tensors.at(name), *memory));
    } else {
      std::vector<Array> parts;
      for (int k = 0; k < std::stoi(word); ++k) {
        parts.push_back(arrayOf(*tensors.at(fmt::format("{}.{}", name, k)), *memory));
      }
      values.emplace_back(std::move(parts));
    }
  }
  return values;
}

Result<Case> readCase(const std::string &path) {
  Case out;
  Result<OnnxFile> model = openOnnx(path + ".onnx");
  Result<OnnxFile> data = openOnnx(path + ".data.onnx");
  if (!model || !data) {
    return fail(model ? data : model);
  }
  out.model = std::move(*model);
  out.data = std::move(*data);
  std::map<std::string, const Tensor *> tensors;
  for (const Tensor &tensor : out.data.model.graph.initializers) {
    tensors[tensor.name] = &tensor;
  }
  std::istringstream lines(out.data.model.metadata.at(0).second);
  std::string in;
  std::string result;
  std::getline(lines, in);
  std::istringstream(in) >> out.relative >> out.absolute;
  for (int number = 0; std::getline(lines, in); ++number) {
    std::getline(lines, result);
    out.runs.push_back(
        {valuesOf(in, fmt::format("{}.i", number), tensors), valuesOf(result, fmt::format("{}.o", number), tensors)});
  }
  return out;
}

/// "" if they are the same within the tolerances.
std::string differs(const Array &found, const Array &expected, const Case &test) {
  if (found.type != expected.type || found.dims != expected.dims) {
    return fmt::format("expected {}, found {}", render(expected), render(found));
  }
  if (found.strings) {
    return *found.strings == *expected.strings ? "" : "other texts";
  }
  Call call;
  call.memory = memory.get();
  const Array a = converted(call, found, DataType::Double);
  const Array b = converted(call, expected, DataType::Double);
  if (!call.ok()) { // complex numbers
    return std::equal(found.data, found.data + found.bytes(), expected.data) ? "" : "other bits";
  }
  for (int64_t i = 0; i < a.count(); ++i) {
    const double x = a.as<double>()[i];
    const double y = b.as<double>()[i];
    const bool same =
        x == y || (std::isnan(x) && std::isnan(y)) || std::abs(x - y) <= test.absolute + test.relative * std::abs(y);
    if (!same) {
      return fmt::format("element {}: expected {}, found {}", i, y, x);
    }
  }
  return "";
}

std::string differs(const Value &found, const Value &expected, const Case &test) {
  if (found.kind != expected.kind) {
    return "another kind of value";
  }
  if (found.kind == Value::Kind::Array) {
    return differs(found.array, expected.array, test);
  }
  if (found.kind == Value::Kind::Sequence) {
    if (found.sequence->size() != expected.sequence->size()) {
      return fmt::format("expected {} tensors, found {}", expected.sequence->size(), found.sequence->size());
    }
    for (size_t i = 0; i < found.sequence->size(); ++i) {
      if (std::string text = differs((*found.sequence)[i], (*expected.sequence)[i], test); !text.empty()) {
        return text;
      }
    }
  }
  return "";
}

/// "" if the test passes this way.
std::string runWay(const Case &test, const Run &run, Way way) {
  Model model = test.model.model;
  std::vector<Value> inputs = run.inputs;
  if (way == Way::Dynamic) {
    for (ValueInfo &input : model.graph.inputs) {
      std::ranges::fill(input.shape, Dimension(std::string()));
    }
  }
  if (way == Way::Constant) {
    std::vector<ValueInfo> left;
    std::vector<Value> leftValues;
    const std::vector<ValueInfo> all = std::move(model.graph.inputs);
    for (size_t i = 0; i < all.size(); ++i) {
      const Array &array = inputs[i].array;
      if (inputs[i].kind == Value::Kind::Array && bitsOf(array.type) >= 8 && !array.strings) {
        Tensor tensor{all[i].name, array.type, array.dims, {}};
        tensor.view = {array.data, static_cast<size_t>(array.bytes())};
        model.graph.initializers.push_back(std::move(tensor));
      } else {
        left.push_back(all[i]);
        leftValues.push_back(inputs[i]);
      }
    }
    model.graph.inputs = std::move(left);
    inputs = std::move(leftValues);
  }
  Result<Evaluator> evaluator = Evaluator::create(model, "");
  if (!evaluator) {
    return evaluator.error().message;
  }
  const Result<std::vector<Value>> outputs = evaluator->run(inputs, 2);
  if (!outputs) {
    return outputs.error().message;
  }
  for (size_t i = 0; i < run.outputs.size(); ++i) {
    if (std::string text = differs((*outputs)[i], run.outputs[i], test); !text.empty()) {
      return fmt::format("output {}: {}", i, text);
    }
  }
  return "";
}

/// What came of a test.
struct Outcome {
  std::set<std::string> ops;        ///< of the model's nodes, bodies not counted
  std::vector<std::string> reasons; ///< why it fails, by way; "" where it passes
};

Outcome runTest(const std::string &path) {
  const Result<Case> test = readCase(path);
  std::set<std::string> ops;
  for (size_t i = 0; test && i < test->model.model.graph.nodes.size(); ++i) {
    const Node &node = test->model.model.graph.nodes[i];
    ops.insert(node.domain.empty() ? node.type : node.domain + "." + node.type);
  }
  std::vector<std::string> reasons(3);
  for (int way = 0; way < 3; ++way) {
    if (!test) {
      reasons[static_cast<size_t>(way)] = test.error().message;
      continue;
    }
    for (const Run &run : test->runs) {
      if (std::string reason = runWay(*test, run, static_cast<Way>(way)); !reason.empty()) {
        reasons[static_cast<size_t>(way)] = reason;
        break;
      }
    }
  }
  return {ops, reasons};
}

/// "static dynamic": the ways in which a test passes, or does not.
std::string waysWhere(const std::vector<std::string> &reasons, bool passes) {
  std::string ways;
  for (size_t way = 0; way < 3; ++way) {
    if (reasons[way].empty() == passes) {
      ways += (ways.empty() ? "" : " ") + std::string(wayNames[way]);
    }
  }
  return ways;
}

/// Lines "NAME: REST" of a list; comments begin with #.
std::map<std::string, std::string> readList(const std::string &path) {
  std::map<std::string, std::string> list;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    const size_t colon = line.find(": ");
    if (!line.starts_with('#') && colon != std::string::npos) {
      const std::string rest = line.substr(colon + 2);
      list[line.substr(0, colon)] = rest.substr(0, rest.find(" | "));
    }
  }
  return list;
}

using Outcomes = std::map<std::string, Outcome>;

std::string whyOf(const std::vector<std::string> &reasons) {
  for (const std::string &reason : reasons) {
    if (!reason.empty()) {
      return reason.substr(0, 100);
    }
  }
  return "";
}

std::string listText(const Outcomes &results, bool passes) {
  std::string text =
      passes ? "# Node tests of ONNX and the ways in which they pass (onnx_nodes --write).\n"
             : "# Node tests of ONNX, the ways in which they are expected to fail, and why (onnx_nodes --write).\n";
  for (const auto &[name, outcome] : results) {
    if (const std::string ways = waysWhere(outcome.reasons, passes); !ways.empty()) {
      text += fmt::format("{}: {}{}\n", name, ways, passes ? "" : " | " + whyOf(outcome.reasons));
    }
  }
  return text;
}

/// A table for docs: every op, and how many of the tests that have it pass.
std::string tableText(const Outcomes &results) {
  std::map<std::string, std::array<int, 4>> ops; // tests, and those that pass by way
  for (const auto &[name, op] : allOps()) {
    ops[name];
  }
  std::array<int, 4> all{};
  for (const auto &[name, outcome] : results) {
    for (size_t way = 0; way < 4; ++way) {
      const int one = way == 0 || outcome.reasons[way - 1].empty() ? 1 : 0;
      all[way] += one;
      for (const std::string &op : outcome.ops) {
        ops[op][way] += one;
      }
    }
  }
  std::string text = "# ONNX ops\n\nWritten by `onnx_nodes --write` from ONNX's own node tests (" +
                     std::to_string(all[0]) +
                     " of onnx 1.23.2) and held to by the test of that\nname; [onnx.md](onnx.md) says what the three "
                     "ways are. An op counts in "
                     "every test whose graph has it, so that one that\nfails may fail for another's sake. An op that "
                     "is not read has a dash.\n\n"
                     "| op | read | tests | static | dynamic | constant |\n|---|---|---|---|---|---|\n";
  for (const auto &[name, counts] : ops) {
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", name, allOps().contains(name) ? "yes" : "-", counts[0],
                        counts[1], counts[2], counts[3]);
  }
  text += fmt::format("| all tests | | {} | {} | {} | {} |\n", all[0], all[1], all[2], all[3]);
  return text;
}

std::string contentOf(const std::string &path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Prints every test that does not do what the lists say, and every name in them that is no test; how many.
int compare(const Outcomes &results, const std::string &lists) {
  const std::map<std::string, std::string> pass = readList(lists + "/pass.txt");
  const std::map<std::string, std::string> fails = readList(lists + "/fail.txt");
  const auto expected = [](const std::map<std::string, std::string> &list, const std::string &name) {
    const auto found = list.find(name);
    return found == list.end() ? std::string() : found->second;
  };
  int wrong = 0;
  for (const auto &[name, outcome] : results) {
    const std::string passes = waysWhere(outcome.reasons, true);
    const std::string failing = waysWhere(outcome.reasons, false);
    if (expected(pass, name) != passes || expected(fails, name) != failing) {
      fmt::print("{}: expected to pass '{}' and fail '{}', found '{}' and '{}' {}\n", name, expected(pass, name),
                 expected(fails, name), passes, failing, whyOf(outcome.reasons));
      ++wrong;
    }
  }
  for (const auto *list : {&pass, &fails}) {
    for (const auto &[name, ways] : *list) {
      if (!results.contains(name)) {
        fmt::print("{}: is in a list and is no test\n", name);
        ++wrong;
      }
    }
  }
  return wrong;
}

} // namespace

int main(int count, char **arguments) {
  if (count < 4) {
    fmt::print(stderr, "onnx_nodes FOLDER LISTS TABLE [--write | NAME...]\n");
    return 2;
  }
  const std::string folder = arguments[1];
  const std::string lists = arguments[2];
  const std::string table = arguments[3];
  if (!std::filesystem::exists(folder + "/complete")) {
    fmt::print("skipped: no node tests in {}; scripts/onnx_nodes.sh writes them\n", folder);
    return 77;
  }
  const bool write = count == 5 && std::string(arguments[4]) == "--write";
  const std::set<std::string> chosen(arguments + (write ? 5 : 4), arguments + count);
  Outcomes results;
  for (const auto &entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() == ".onnx" && !name.ends_with(".data") && (chosen.empty() || chosen.contains(name))) {
      results[name] = runTest(folder + "/" + name);
    }
  }
  size_t passed[3] = {};
  for (const auto &[name, outcome] : results) {
    for (size_t way = 0; way < 3; ++way) {
      passed[way] += outcome.reasons[way].empty() ? 1 : 0;
    }
  }
  fmt::print("{} node tests; passed: {} static, {} dynamic, {} constant\n", results.size(), passed[0], passed[1],
             passed[2]);
  if (write) {
    std::ofstream(lists + "/pass.txt") << listText(results, true);
    std::ofstream(lists + "/fail.txt") << listText(results, false);
    std::ofstream(table) << tableText(results);
    return 0;
  }
  if (!chosen.empty()) {
    fmt::print("{}{}", listText(results, true), listText(results, false));
    return 0;
  }
  int wrong = compare(results, lists);
  if (contentOf(table) != tableText(results)) {
    fmt::print("{}: is not what the tests give; onnx_nodes --write writes it\n", table);
    ++wrong;
  }
  return wrong == 0 ? 0 : 1;
}
