// Finding models by what people write, and folders that contradict each other.
#include "zoo/Zoo.h"

#include "runtime/base/Installation.h"
#include "yaml/Suggest.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

using namespace clew;
namespace fs = std::filesystem;

namespace {

/// A new empty folder, removed at the end.
struct Folder {
  fs::path path;

  explicit Folder(const std::string &name)
      : path(fs::temp_directory_path() / ("clew-" + name + std::to_string(getpid()))) {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;

  std::string write(const std::string &name, const std::string &text) const {
    std::ofstream(path / name) << text;
    return (path / name).string();
  }
};

const std::string shipped = CLEW_SOURCE_DIR "/zoo";

std::string tiny(const std::string &name) {
  return "model: " + name + R"(
source: none
sizes: {small: {}, other: {}}
inputs: [ids]
graph:
  - words: {op: embedding, ids: ids, count: 10, width: 4}
outputs: {hidden: words}
)";
}

} // namespace

TEST_CASE("MODEL is architecture/size, architecture, or a path") {
  const auto zoo = Zoo::openOnly({shipped});
  REQUIRE(zoo);
  CHECK(zoo->findModel("bert/minirbt-h256")->name() == "bert/minirbt-h256");
  CHECK(zoo->findModel("bert")->name() == "bert/base");
  CHECK(zoo->findModel(shipped + "/models/bert.yaml")->name() == "bert/base");
  CHECK(zoo->findModel(shipped + "/models/bert.yaml:rbt6")->name() == "bert/rbt6");
}

TEST_CASE("what is not there is said, with what may be meant") {
  const auto zoo = Zoo::openOnly({shipped});
  REQUIRE(zoo);
  auto unknown = [&](const char *spec) {
    const auto model = zoo->findModel(spec);
    REQUIRE(!model);
    CHECK(model.error().kind == ErrorKind::NotFound);
    return model.error().message;
  };
  CHECK(unknown("brt/base") == "unknown model 'brt', did you mean 'bert'?");
  CHECK(unknown("elephant").starts_with("unknown model 'elephant', there is 'albert'"));
  CHECK(unknown("bert/rbt4") == "'bert' has no size 'rbt4', did you mean 'rbt6'?");
  CHECK(unknown("bert/").starts_with("expected a size after 'bert/': 'base'"));
  CHECK(unknown("nowhere.yaml") == "no such file");
  CHECK(unknown("").starts_with("unknown model ''"));
}

TEST_CASE("a YAML in an empty folder is in the zoo") {
  const Folder folder("zoo-one");
  const std::string path = folder.write("mine.yaml", tiny("mine"));
  const auto zoo = Zoo::openOnly({shipped, folder.path.string()});
  REQUIRE(zoo);
  CHECK(zoo->errors().empty());
  CHECK(zoo->findModel("mine")->name() == "mine/small");
  CHECK(zoo->findModel(path + ":other")->name() == "mine/other");
}

TEST_CASE("no file is read twice") {
  const Folder folder("zoo-once");
  fs::copy(shipped + "/models", folder.path);
  fs::copy(shipped + "/heads", folder.path);
  const auto zoo = Zoo::openOnly({folder.path.string()});
  REQUIRE(zoo);
  const auto kept = Zoo::openOnly({shipped});
  fs::remove_all(folder.path);
  for (const auto &[spec, head] : {std::pair("bert/rbt3", "pair"), std::pair("bilstm/sample", "tag")}) {
    const auto body = zoo->findModel(spec);
    REQUIRE(body);
    const auto model = zoo->withHead(*body, head, 7);
    const auto same = kept->withHead(*kept->findModel(spec), head, 7);
    REQUIRE(model);
    REQUIRE(same);
    CHECK(std::get<int64_t>(model->params.at("labels")) == 7);
    CHECK(model->nodes.size() == same->nodes.size());
    CHECK(model->outputs == same->outputs);
  }
}

TEST_CASE("two files with one architecture are an error that names both") {
  const Folder one("zoo-a");
  const Folder two("zoo-b");
  const std::string first = one.write("mine.yaml", tiny("mine"));
  const std::string second = two.write("yours.yaml", tiny("mine"));
  const auto zoo = Zoo::openOnly({one.path.string(), two.path.string()});
  REQUIRE(zoo);
  REQUIRE(zoo->errors().size() == 1);
  CHECK(zoo->errors()[0].render() == second + ": error: 'mine' stands in " + first + " already");
  CHECK(zoo->findModel("mine").error().message == "'mine' stands in two files, " + first + " and " + second);
  CHECK(Zoo::openOnly({one.path.string(), one.path.string() + "/."})->errors().empty());
}

TEST_CASE("a broken file is never skipped silently") {
  const Folder folder("zoo-broken");
  const std::string path = folder.write("mine.yaml", tiny("mine") + "colour: red\n");
  const auto zoo = Zoo::openOnly({folder.path.string()});
  REQUIRE(zoo);
  REQUIRE(zoo->errors().size() == 1);
  CHECK(zoo->errors()[0].render() == path + ":8:1: error: unknown key 'colour' in a model");
  CHECK(zoo->findModel("mine").error().render() == zoo->errors()[0].render());
  CHECK(zoo->findModel("other").error().message.ends_with("(1 file of the zoo is wrong)"));
  CHECK(Zoo::openOnly({"/nowhere"}).error().kind == ErrorKind::NotFound);
}

TEST_CASE("the installation is found by CLEW_HOME or around the program") {
  const char *before = std::getenv("CLEW_HOME");
  const std::string kept = before ? before : "";
  setenv("CLEW_HOME", CLEW_SOURCE_DIR, 1);
  CHECK(*installationHome() == CLEW_SOURCE_DIR);
  CHECK(Zoo::open()->findModel("bert"));
  setenv("CLEW_HOME", "/nowhere", 1);
  CHECK(installationHome().error().kind == ErrorKind::BadInput);
  if (before) {
    setenv("CLEW_HOME", kept.c_str(), 1);
  } else {
    unsetenv("CLEW_HOME");
  }
}

TEST_CASE("suggestions are near, or none") {
  CHECK(didYouMean("selfattention", {"add", "attention"}) == ", did you mean 'attention'?");
  CHECK(didYouMean("Linear", {"linear"}) == ", did you mean 'linear'?");
  CHECK(didYouMean("widht", {"width"}) == ", did you mean 'width'?");
  CHECK(didYouMean("xyz", {"linear"}).empty());
  CHECK(quotedList({"a", "b", "c"}) == "'a', 'b' and 'c'");
}
