// The Python module clew._core: arrays go in and out without copies, errors become exceptions, the interpreter's lock is let go while a model
// loads or runs. What people call is python/clew/__init__.py. This is the one home of nanobind.
#include "python/Loaded.h"

#include "runtime/base/NamedValues.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;

namespace clew {
namespace {

using Integers = nb::ndarray<const int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// FileNotFoundError, ValueError, NotImplementedError, OSError or RuntimeError, with our own words.
[[noreturn]] void raise(const Error &error) {
  PyObject *type = error.kind == ErrorKind::NotFound      ? PyExc_LookupError
                   : error.kind == ErrorKind::BadInput    ? PyExc_ValueError
                   : error.kind == ErrorKind::Unsupported ? PyExc_NotImplementedError
                   : error.kind == ErrorKind::Io          ? PyExc_OSError
                                                          : PyExc_RuntimeError;
  PyErr_SetString(type, (error.where.empty() ? error.message : error.where + ": " + error.message).c_str());
  nb::raise_python_error();
}

template <typename T> T take(Result<T> result) {
  if (!result) {
    raise(result.error());
  }
  return std::move(*result);
}

template <typename Enumeration, size_t N>
Enumeration named(const std::array<Enumeration, N> &values, const char *what, const std::string &name) {
  return take(valueNamed(values, what, name));
}

std::unique_ptr<Loaded> load(const nb::dict &given) {
  LoadOptions options;
  options.model = nb::cast<std::string>(given["model"]);
  options.weights = nb::cast<std::string>(given["weights"]);
  options.task = nb::cast<std::string>(given["task"]);
  options.zoo = nb::cast<std::vector<std::string>>(given["zoo"]);
  options.tasks = nb::cast<std::vector<std::string>>(given["tasks"]);
  options.data = nb::cast<std::string>(given["data"]);
  options.vocabulary = nb::cast<std::string>(given["vocab"]);
  options.compile.target = named(kTargets, "target", nb::cast<std::string>(given["target"]));
  options.compile.precision = named(kPrecisions, "precision", nb::cast<std::string>(given["precision"]));
  options.compile.outputs = nb::cast<std::vector<std::string>>(given["outputs"]);
  options.seed = nb::cast<uint64_t>(given["seed"]);
  options.threads = nb::cast<int>(given["threads"]);
  options.deterministic = nb::cast<bool>(given["deterministic"]);
  Result<std::unique_ptr<Loaded>> loaded = [&] {
    const nb::gil_scoped_release released;
    return Loaded::load(options);
  }();
  return take(std::move(loaded));
}

std::span<const int32_t> viewOf(const Integers &array) { return {array.data(), array.size()}; }

nb::dict run(Loaded &self, const nb::dict &inputs) {
  std::vector<std::string> names;
  std::vector<Integers> arrays;
  for (const auto &[name, value] : inputs) {
    names.push_back(nb::cast<std::string>(name));
    arrays.push_back(nb::cast<Integers>(value));
  }
  Batch batch;
  std::vector<BatchInput> others;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "ids") {
      batch.ids = viewOf(arrays[i]);
    } else if (names[i] == "offsets") {
      batch.offsets = viewOf(arrays[i]);
    } else if (names[i] == "segments") {
      batch.segments = viewOf(arrays[i]);
    } else {
      others.push_back({names[i], viewOf(arrays[i])});
    }
  }
  batch.others = others;
  Result<RunOutputs> ran = [&] {
    const nb::gil_scoped_release released;
    return self.run(batch);
  }();
  const RunOutputs outputs = take(std::move(ran));
  nb::dict found;
  for (const OutputView &output : outputs.outputs) {
    // The array keeps the Session, and with it the memory and the program.
    auto *keeper = new std::shared_ptr<Session>(outputs.session);
    const nb::capsule owner(keeper, [](void *held) noexcept { delete static_cast<std::shared_ptr<Session> *>(held); });
    found[nb::str(output.name.data(), output.name.size())] = nb::cast(nb::ndarray<nb::numpy, const float, nb::ndim<2>>(
        output.data, {static_cast<size_t>(output.rows), static_cast<size_t>(output.columns)}, owner));
  }
  return found;
}

std::string predict(Loaded &self, const std::string &rows) {
  Result<std::string> lines = [&] {
    const nb::gil_scoped_release released;
    return self.predict(rows);
  }();
  return take(std::move(lines));
}

std::string scored(const std::string &task, const std::string &predictions, const std::string &split,
                   const std::string &data, const std::vector<std::string> &tasks) {
  Result<std::string> json = [&] {
    const nb::gil_scoped_release released;
    return scoreText(task, predictions, split, data, tasks);
  }();
  return take(std::move(json));
}

} // namespace
} // namespace clew

NB_MODULE(_core, module) {
  nb::class_<clew::Loaded>(module, "Loaded")
      .def("run", &clew::run)
      .def("predict", &clew::predict)
      .def_prop_ro("name", [](const clew::Loaded &self) { return self.program().model; })
      .def_prop_ro("scheme", [](const clew::Loaded &self) { return self.program().scheme; })
      .def_prop_ro("notes", &clew::Loaded::notes);
  module.def("load", &clew::load);
  module.def("score", &clew::scored);
}
